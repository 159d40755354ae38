#!/usr/bin/env bash
# Stops the cluster, whatever state it is in, and leaves the machine as it was.
#
# usage: tests/cluster/down.sh [--keep-registry]
#
# The node keeps its images in the state directory, for the next time.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"
# shellcheck source=tests/cluster/node.sh
source "$here/node.sh"
# shellcheck source=tests/cluster/containers.sh
source "$here/containers.sh"
# shellcheck source=tests/cluster/host.sh
source "$here/host.sh"

keep_registry=false
locked=false
forget=()
for option in "$@"; do
    case $option in
        --keep-registry) keep_registry=true ;;
        --locked) locked=true ;; # up.sh clears up with the lock already taken
        *)
            echo "error: unknown option '$option'; there is: --keep-registry" >&2
            exit 2
            ;;
    esac
done

require_root
$locked || take_lock up

stop kubelet
if running containerd; then
    remove_containers
else
    # It crashed, or was never there. What it knew of containers is out of date,
    # and its images are soon imported again.
    forget=("$state/containerd")
fi
stop kube-scheduler
stop kube-controller-manager
stop kube-apiserver
stop etcd
end_group_members
end_shims
stop containerd

for name in kubelet containerd containerd-run; do
    unmount "$state/$name"
done
remove_groups
if [[ -e /sys/class/net/$pod_bridge ]]; then
    ip link delete "$pod_bridge"
fi
# Where every kubelet has it, whatever its --root-dir.
rm -f /var/lib/kubelet/device-plugins/kubelet.sock
find /var/log/containers -type l -lname "$state/*" -delete 2>/dev/null || true
for name in etcd kubelet addresses pod-logs containerd-run secrets; do
    forget+=("$state/$name")
done
rm -rf --one-file-system "${forget[@]}"
rm -f "$state"/kubeconfig*
restore_host
$keep_registry || something_runs || "$here/registry-down.sh"
