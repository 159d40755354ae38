#!/usr/bin/env bash
# Checks what the workspace and the examples depend on, against deny.toml: licences, sources, banned crates, known advisories.
#
# The checker, cargo-deny, is built once into the cache directory, under its version; that takes two to five minutes. The database
# of advisories comes from GitHub. Where it cannot be had, that is said and the rest is checked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/cluster/cache.sh
source tests/cluster/cache.sh

version=0.20.2

build_into() {
    local target status=0
    echo "building cargo-deny $version, once" >&2
    target=$(mktemp -d)
    # Not into this workspace's target directory, nor with its flags.
    env -u RUSTFLAGS CARGO_TARGET_DIR="$target" \
        cargo install --locked cargo-deny --version "=$version" --root "$1" --no-track || status=$?
    rm -rf "$target"
    return "$status"
}

deny=$(cached cargo-deny "$version")/bin/cargo-deny

checks=(bans licenses sources)
said=$(mktemp)
trap 'rm -f "$said"' EXIT
if timeout 120 "$deny" fetch db >"$said" 2>&1; then
    checks+=(advisories)
else
    echo "note: known advisories are NOT checked, because their database cannot be fetched:" >&2
    sed 's/^/    /' "$said" >&2
fi

deny() {
    echo "$1: ${checks[*]}"
    "$deny" --locked --manifest-path "$1" --workspace --config deny.toml check "${@:2}" "${checks[@]}"
}
deny Cargo.toml
for manifest in examples/plugins/*/Cargo.toml; do
    # An example has few of the crates that deny.toml names.
    deny "$manifest" --allow unused-wrapper
done
