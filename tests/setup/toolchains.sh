#!/usr/bin/env bash
# Checks that there is a Rust new enough for this workspace, and says what to do if not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

advice() {
    cat >&2 <<'TEXT'
Either install rustup (https://rustup.rs), which takes the version from rust-toolchain.toml, or, on
Debian 12 without rustup, run as root:
  apt-get install --no-install-recommends cargo-web rust-web-llvm lld-22
TEXT
    exit 1
}

if ! command -v cargo >/dev/null; then
    echo "error: no Rust compiler" >&2
    advice
fi
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(cargo --version | cut -d' ' -f2)
if [[ $(printf '%s\n' "$wanted" "$found" | sort --version-sort | head -n1) != "$wanted" ]]; then
    echo "error: Rust $wanted or later is needed; $(command -v cargo) is $found" >&2
    advice
fi
