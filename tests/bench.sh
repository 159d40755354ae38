#!/usr/bin/env bash
# Measures windlass on the real Kubernetes node against hand-written floors, kubectl among them. Starts the node unless it
# stands already, and stops what it started.
#
# usage: tests/bench.sh [plan|plugins|start|upload|artifacts|caches|log|builders|push]    (default: all)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ((EUID != 0)); then
    echo "error: make bench starts a Kubernetes node, so it must run as root" >&2
    exit 1
fi

cargo build --release --locked --package windlass --package windlass-bench
cargo build --release --locked --package windlass-kube --example floor
target=$(cargo metadata --format-version=1 --no-deps --locked | jq --raw-output .target_directory)/release

if ! tests/cluster/up.sh --check; then
    trap tests/cluster/down.sh EXIT
    tests/cluster/up.sh
fi
# shellcheck disable=SC1090 # Its variables are described in tests/cluster/README.md.
source <(tests/cluster/env.sh)

# What goes into pods is static.
parts=$target/bench-parts
mkdir -p "$parts"
musl-gcc -static -O2 -o "$parts/timed" tests/bench/timed.c
plugins/oci-push/helper/build.sh "$parts/helper"
plugins/build.sh "$parts/plugins"
release=$(cargo metadata --format-version=1 --no-deps --locked | jq --raw-output '.packages[] | select(.name == "windlass").version')
zstd --quiet --decompress --stdout "tests/contract/components/$release/python.tar.zst" |
    tar --extract --file=- --directory="$parts" python-step.wasm

export WINDLASS_BENCH_PLUGINS=$parts/plugins WINDLASS_BENCH_PYTHON=$parts/python-step.wasm
export WINDLASS_BENCH_TIMED=$parts/timed WINDLASS_BENCH_HELPER=$parts/helper
export WINDLASS_BENCH_WINDLASS=$target/windlass WINDLASS_BENCH_FLOOR=$target/examples/floor
"$target/windlass-bench" "$@"
