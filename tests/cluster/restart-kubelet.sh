#!/usr/bin/env bash
# Stops the running cluster's kubelet and starts it again, as an upgrade of a node does: containers run on, and every stream
# into them is cut.
#
# usage: tests/cluster/restart-kubelet.sh
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"
# shellcheck source=tests/cluster/access.sh
source "$here/access.sh"
# shellcheck source=tests/cluster/node.sh
source "$here/node.sh"
# shellcheck source=tests/cluster/containers.sh
source "$here/containers.sh"

require_root
take_lock up

if ! running kubelet; then
    echo "error: no kubelet runs here; tests/cluster/up.sh starts the cluster" >&2
    exit 1
fi
components=$("$here/node/build.sh")

# The node's status in the cluster is from before for a while, so the kubelet itself is asked.
kubelet_answers() {
    curl --silent --fail --insecure --max-time 5 "https://127.0.0.1:$kubelet_port/healthz"
}

stop kubelet
start_kubelet
wait_until kubelet "answer from the kubelet" kubelet_answers
wait_until kubelet "readiness of the node" node_ready
