#!/usr/bin/env bash
# Runs every test. Starts the Kubernetes node and the container engine that they use, unless they stand already, and stops
# what it started. Without root it runs the tests that need neither; cargo counts the others as ignored.
#
# usage: tests/run.sh [ARGUMENT]…    (those of `cargo test`)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What is built, and what is told to the tests.
build=()
while (($# > 0)) && [[ $1 != -- ]]; do
    build+=("$1")
    shift
done
(($# == 0)) || shift
tell=("$@")

building=
started=()
stop() {
    local script
    [[ -z $building ]] || kill "$building" 2>/dev/null || true
    for script in "${started[@]}"; do
        "$script" || echo "warning: $script failed" >&2
    done
}
trap stop EXIT

if ((EUID == 0)); then
    # The first time both take a quarter of an hour, and neither keeps two processors busy by itself.
    cargo test --workspace --locked --no-run "${build[@]}" &
    building=$!
    # What stands is brought up to date: the demo's small engine, images whose recipes changed.
    tests/cluster/up.sh --check || started=(tests/cluster/down.sh "${started[@]}")
    tests/cluster/up.sh
    tests/cluster/engine-up.sh --check || started=(tests/cluster/engine-down.sh "${started[@]}")
    tests/cluster/engine-up.sh
    # shellcheck disable=SC1090 # Its variables are described in tests/cluster/README.md.
    source <(tests/cluster/env.sh)
    wait "$building"
    building=
    tell=(--include-ignored "${tell[@]}")
else
    echo "not root: tests on a real Kubernetes node and on Podman are ignored" >&2
fi

# Every failure is worth telling, not the first alone.
cargo test --workspace --locked --no-fail-fast "${build[@]}" -- "${tell[@]}"
