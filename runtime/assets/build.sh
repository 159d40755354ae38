#!/usr/bin/env bash
# Builds what the binary carries: plugins, agent and mover, for other targets than its own.
#
# usage: runtime/assets/build.sh OUTPUT_DIR
#
# Makes OUTPUT_DIR/plugins/NAME.wasm, OUTPUT_DIR/agent and OUTPUT_DIR/mover. The crate's build script calls it; cargo comes to that last of all,
# so whoever is in a hurry calls it at once, beside cargo.
set -euo pipefail

if (($# != 1)); then
    sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
plugins/build.sh "$out/plugins"
runtime/agent/build.sh "$out/agent"
runtime/mover/build.sh "$out/mover"
