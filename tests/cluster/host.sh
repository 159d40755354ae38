# shellcheck shell=bash disable=SC2154 # Names from settings.sh and the caller.
# Sourced: what the cluster and the engine change on the machine, and putting it back.

# The kubelet and the network plugins set these…
kernel_settings=(net/ipv4/ip_forward vm/overcommit_memory kernel/panic kernel/panic_on_oops
    kernel/keys/root_maxkeys kernel/keys/root_maxbytes)
# …and these directories are written into programs: the kubelet, containerd's
# shims and the network plugins make them wherever their state is kept.
fixed_directories=(/var/lib/kubelet/device-plugins /var/lib/kubelet /var/log/containers
    /var/lib/cni/results /var/lib/cni/networks /var/lib/cni /run/containerd/s /run/containerd)

# The first record counts: later, the values are those of the cluster or the engine.
remember_host() {
    local setting directory
    [[ -f $state/host ]] && return
    for setting in "${kernel_settings[@]}"; do
        [[ -f /proc/sys/$setting ]] && echo "set $setting $(<"/proc/sys/$setting")"
    done >"$state/host"
    for directory in "${fixed_directories[@]}"; do
        [[ -d $directory ]] || echo "absent $directory"
    done >>"$state/host"
    if ! published_port_rules | grep -q .; then
        echo "no-published-ports" >>"$state/host"
    fi
}

# The rules that every published port shares, as arguments of iptables. The
# plugin makes them for the first port and never takes them away.
published_port_rules() {
    iptables --table nat --list-rules 2>/dev/null | grep -- CNI-HOSTPORT || true
}

remove_published_port_rules() {
    local arguments
    # First the rules, then the chains that they name. (xargs reads the quotes.)
    {
        published_port_rules | sed -n 's/^-A/-D/p'
        published_port_rules | sed -n 's/^-N/-X/p'
    } | while read -r arguments; do
        xargs iptables --table nat <<<"$arguments"
    done
}

something_runs() {
    local file
    for file in "$state"/pid/*; do
        [[ $file != */registry-* ]] && running "${file##*/}" && return 0
    done
    return 1
}

# restore_host: whichever of the cluster and the engine is the last to go does it.
restore_host() {
    local kind name value
    if [[ ! -f $state/host ]] || something_runs; then
        return 0
    fi
    while read -r kind name value; do
        case $kind in
            set) [[ $(<"/proc/sys/$name") == "$value" ]] || echo "$value" >"/proc/sys/$name" ;;
            no-published-ports) remove_published_port_rules ;;
            absent) rmdir --ignore-fail-on-non-empty "$name" 2>/dev/null || true ;;
        esac
    done <"$state/host"
    rm "$state/host"
}

# unmount DIRECTORY: it and everything mounted below, the deepest first.
unmount() {
    local mount
    while read -r mount; do
        if [[ $mount == "$1" || $mount == "$1"/* ]]; then
            umount "$mount" 2>/dev/null || umount --lazy "$mount"
        fi
    done < <(findmnt --raw --noheadings --output TARGET | sort --reverse)
}
