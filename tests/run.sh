#!/usr/bin/env bash
# Runs every test. Starts the Kubernetes node and the container engine that they use, unless they stand already, and stops
# what it started. Without root it runs the tests that need neither, and the others say that they were skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

started=()
stop() {
    local script
    for script in "${started[@]}"; do
        "$script" || echo "warning: $script failed" >&2
    done
}
trap stop EXIT

if ((EUID == 0)); then
    if ! tests/cluster/up.sh --check; then
        started=(tests/cluster/down.sh "${started[@]}")
        tests/cluster/up.sh
    fi
    if ! tests/cluster/engine-up.sh --check; then
        started=(tests/cluster/engine-down.sh "${started[@]}")
        tests/cluster/engine-up.sh
    fi
    # shellcheck disable=SC1090 # Its variables are described in tests/cluster/README.md.
    source <(tests/cluster/env.sh)
else
    echo "not root: tests on a real Kubernetes node and on Podman will say that they were skipped" >&2
fi

cargo test --workspace --locked "$@"
