#!/usr/bin/env bash
# Stops the registries and takes their address away. What was pushed stays.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"

require_root
# registry-up.sh clears up with the lock already taken.
[[ ${1:-} == --locked ]] || take_lock registry
for name in "${small_registries[@]}" "${further_registries[@]}"; do
    stop "$name"
done
if [[ -e /sys/class/net/$registry_bridge ]]; then
    ip link delete "$registry_bridge"
fi
