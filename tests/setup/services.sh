# shellcheck shell=bash
# Sourced: installing packages without starting or enabling their services.
#
# Debian starts etcd, docker-registry and containerd when they are installed.
# The tests start their own, elsewhere; the machine's must stay as it was.

policy=/usr/sbin/policy-rc.d

restore_policy() {
    rm -f "$policy"
    if [[ -e $policy.windlass ]]; then
        mv "$policy.windlass" "$policy"
    fi
}

enabled_units() {
    find /etc/systemd/system /etc/systemd/user -type l -path '*.wants/*' 2>/dev/null | sort
}

# without_services COMMAND…: runs it; services it installs are neither started nor enabled.
without_services() {
    local before status=0 link
    before=$(enabled_units)
    # A leftover of an interrupted run is the machine's own file: keep it.
    if [[ -e $policy && ! -e $policy.windlass ]]; then
        mv "$policy" "$policy.windlass"
    fi
    trap restore_policy EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"

    DEBIAN_FRONTEND=noninteractive "$@" </dev/null >&2 || status=$?

    while read -r link; do
        rm -f "$link"
    done < <(comm -13 <(echo "$before") <(enabled_units))
    restore_policy
    trap - EXIT
    return "$status"
}
