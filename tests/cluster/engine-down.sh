#!/usr/bin/env bash
# Stops the container engine and removes its containers and volumes, whatever
# state it is in. It keeps its images in the state directory, for the next time.
#
# usage: tests/cluster/engine-down.sh [--keep-registry]
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"
# shellcheck source=tests/cluster/host.sh
source "$here/host.sh"
# shellcheck source=tests/cluster/podman.sh
source "$here/podman.sh"

keep_registry=false
locked=false
for option in "$@"; do
    case $option in
        --keep-registry) keep_registry=true ;;
        --locked) locked=true ;; # engine-up.sh clears up with the lock already taken
        *)
            echo "error: unknown option '$option'; there is: --keep-registry" >&2
            exit 2
            ;;
    esac
done

require_root
$locked || take_lock engine

stop podman
if [[ -f $engine/containers.conf ]]; then
    # Containers outlive the service, so they are removed without it.
    remove_containers
    engine_podman volume prune --force >/dev/null
fi
end_monitors
unmount "$engine"
if [[ -e /sys/class/net/$engine_bridge ]]; then
    ip link delete "$engine_bridge"
fi
# Podman's group is shared with the machine's own Podman: it goes if it is empty.
find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} + 2>/dev/null || true
rm -rf --one-file-system "$engine"/{run,tmp,addresses,hosts,containers.conf,podman.sock}
restore_host
$keep_registry || something_runs || "$here/registry-down.sh"
