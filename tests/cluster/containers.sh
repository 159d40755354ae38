# shellcheck shell=bash disable=SC2154 # Names from settings.sh and the caller.
# Sourced: the pods' control groups, and ending what runs in them.

# All pods live below this group, so whoever is in it is ours to end.
group=windlass-test

# The hierarchies: one under cgroup v2, one for each controller under v1, where
# one named `unified` may lie beside them without any.
hierarchies() {
    local hierarchy
    if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
        echo /sys/fs/cgroup
        return
    fi
    for hierarchy in /sys/fs/cgroup/*; do
        if [[ -f $hierarchy/cgroup.procs && ! -L $hierarchy ]]; then
            echo "$hierarchy"
        fi
    done
}

create_groups() {
    local hierarchy
    while read -r hierarchy; do
        mkdir -p "$hierarchy/$group"
        if [[ -s $hierarchy/cgroup.controllers ]]; then
            sed -e 's/\</+/g' "$hierarchy/cgroup.controllers" >"$hierarchy/cgroup.subtree_control"
        fi
    done < <(hierarchies)
}

group_members() {
    local hierarchy
    while read -r hierarchy; do
        if [[ -d $hierarchy/$group ]]; then
            find "$hierarchy/$group" -name cgroup.procs -exec cat {} + 2>/dev/null
        fi
    done < <(hierarchies) | sort -u
}

# Members may start more members while they are being ended.
end_group_members() {
    local members attempt
    for ((attempt = 0; attempt < 100; attempt++)); do
        mapfile -t members < <(group_members)
        ((${#members[@]} > 0)) || return 0
        kill -KILL "${members[@]}" 2>/dev/null || true
        sleep 0.05
    done
    echo "error: these processes of pods did not end: ${members[*]}" >&2
    return 1
}

remove_groups() {
    local hierarchy
    while read -r hierarchy; do
        if [[ -d $hierarchy/$group ]]; then
            find "$hierarchy/$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
        fi
    done < <(hierarchies)
}

# forget_network CONTAINER: the network plugins' own record of it.
forget_network() {
    rm -f /var/lib/cni/results/*-"$1"-{lo,eth0}
}

# remove_containers: by way of containerd, which then has nothing to recover from
# next time. Removing a task also ends its shim.
remove_containers() {
    local container
    while read -r container; do
        ctr_node tasks delete --force "$container" >/dev/null 2>&1 || true
    done < <(ctr_node tasks list --quiet)
    while read -r container; do
        ctr_node containers delete "$container" || true
        forget_network "$container"
    done < <(ctr_node containers list --quiet)
}

# The shims of our containerd, known by the address of its socket.
shims() {
    local process arguments
    for process in /proc/[0-9]*; do
        mapfile -d '' -t arguments 2>/dev/null <"$process/cmdline" || continue
        if [[ ${arguments[0]:-} == *containerd-shim-runc-v2 && " ${arguments[*]} " == *" $containerd_socket "* ]]; then
            echo "${process#/proc/}"
        fi
    done
}

# end_shims: those that outlived a containerd that crashed, and what they leave.
end_shims() {
    local shim address
    while read -r shim; do
        kill -KILL "$shim" 2>/dev/null || true
    done < <(shims)
    for address in "$state"/containerd-run/io.containerd.runtime.v2.task/k8s.io/*/address; do
        [[ -f $address ]] || continue
        forget_network "$(basename "$(dirname "$address")")"
        address=$(<"$address")
        rm -f "${address#unix://}"
    done
}
