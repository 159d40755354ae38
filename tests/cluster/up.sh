#!/usr/bin/env bash
# Starts a Kubernetes cluster of one node, this machine, with the registry and
# the test images. Returns at once when it runs.
#
# usage: tests/cluster/up.sh [--check]
#
# With --check it starts nothing, and its exit status says whether it runs.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"
# shellcheck source=tests/cluster/certificates/issue.sh
source "$here/certificates/issue.sh"
# shellcheck source=tests/cluster/access.sh
source "$here/access.sh"
# shellcheck source=tests/cluster/control-plane.sh
source "$here/control-plane.sh"
# shellcheck source=tests/cluster/node.sh
source "$here/node.sh"
# shellcheck source=tests/cluster/containers.sh
source "$here/containers.sh"
# shellcheck source=tests/cluster/host.sh
source "$here/host.sh"

healthy() {
    local name
    for name in "${control_plane[@]}" containerd kubelet; do
        running "$name" || return 1
    done
    node_ready
}

have_accounts() {
    local namespace
    for namespace in default cirrus-ci windlass-baseline windlass-restricted; do
        api_request "/api/v1/namespaces/$namespace/serviceaccounts/default" --output /dev/null || return 1
    done
}

policy_applies() {
    node_registered | jq --exit-status '.status.allocatable.cpu == "16"' >/dev/null
}

case ${1:-} in
    --check) healthy 2>/dev/null && exit 0 || exit 1 ;;
    "") ;;
    *)
        echo "error: unknown option '$1'; there is: --check" >&2
        exit 2
        ;;
esac

require_root
require_short_paths
take_lock up

# All that may take minutes comes first, while nothing runs.
require_packages cluster sources
components=$("$here/node/build.sh")
archives=$("$here/images/build.sh")
"$here/registry-up.sh"
mapfile -t archives <<<"$archives"
if healthy 2>/dev/null; then
    import_images "${archives[@]}"
    exit 0
fi

# What a crash left would be in the way.
"$here/down.sh" --keep-registry --locked
remember_host
write_secrets
write_kubeconfigs

start_etcd
start_containerd
start_apiserver
wait_until kube-apiserver "readiness of the API server" api_request /readyz
start_loops
export KUBECONFIG=$state/kubeconfig
"$components/kubectl" apply --filename "$here/manifests" >"$state/log/manifests"
import_images "${archives[@]}"
start_kubelet
wait_until kubelet "registration of the node" node_registered
settle_node
wait_until kubelet "readiness of the node" node_ready
wait_until kubelet "capacity of the node" policy_applies
wait_until kube-controller-manager "default service account" have_accounts
