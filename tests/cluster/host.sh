# shellcheck shell=bash
# Sourced: what the cluster changes on the machine, and putting it back.

# The kubelet and the network plugins set these.
kernel_settings=(net/ipv4/ip_forward vm/overcommit_memory kernel/panic kernel/panic_on_oops
    kernel/keys/root_maxkeys kernel/keys/root_maxbytes)

# The first record counts: after a crash, the values are the cluster's own.
remember_host() {
    local setting
    [[ -f $state/host ]] && return
    for setting in "${kernel_settings[@]}"; do
        [[ -f /proc/sys/$setting ]] && echo "$setting $(<"/proc/sys/$setting")"
    done >"$state/host"
}

restore_host() {
    local setting value
    [[ -f $state/host ]] || return 0
    while read -r setting value; do
        [[ $(<"/proc/sys/$setting") == "$value" ]] || echo "$value" >"/proc/sys/$setting"
    done <"$state/host"
    rm "$state/host"
}

# unmount_below DIRECTORY: everything mounted there, the deepest first.
unmount_below() {
    local mount
    while read -r mount; do
        umount "$mount" 2>/dev/null || umount --lazy "$mount"
    done < <(findmnt --raw --noheadings --output TARGET | grep -F -- "$1/" | sort --reverse)
}
