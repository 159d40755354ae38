#!/usr/bin/env bash
# Makes the components of this release that are kept for ever: in each language,
# as `windlass plugin new` and `windlass plugin build` make them, with every power.
#
# usage: tests/contract/components/make.sh
#
# Replaces the set of the version in Cargo.toml, which is right until that version
# is released and never afterwards: a set that is out is what others have.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.."

# Python's components are large and differ in little else than their size.
declare -A kinds=(
    [rust]="step login build push config"
    [go]="step login build push config"
    [javascript]="step login build push config"
    [python]="step"
)

release=$(cargo metadata --format-version=1 --no-deps --locked | jq --raw-output '.packages[] | select(.name == "windlass").version')
if git rev-parse --quiet --verify "refs/tags/v$release" >/dev/null; then
    echo "error: $release is released, and its components are never made again; raise the version first" >&2
    exit 1
fi
cargo build --locked --package windlass
windlass=$(cargo metadata --format-version=1 --no-deps --locked | jq --raw-output .target_directory)/debug/windlass
# The answer to a word that is no power lists those that there are, and the answer to one that a kind cannot have those that it can.
powers=$({ "$windlass" plugin new none --lang rust --powers qqqqqqqqqqqqqqqq 2>&1 || true; } | sed -n "s/.*there are: //p" | tr -d " ")
of_config=$({ "$windlass" plugin new none --lang rust --kind config --powers pod 2>&1 || true; } | sed -n "s/.*can have only //p" | tr -d " ")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for language in "${!kinds[@]}"; do
    mkdir "$work/$language"
    for kind in ${kinds[$language]}; do
        name=$language-$kind
        if [[ $kind == config ]]; then named=$of_config; else named=$powers; fi
        "$windlass" plugin new "$name" --lang "$language" --kind "$kind" --powers "$named" --directory "$work/$name" >&2
        "$windlass" plugin build "$work/$name" >&2
        cp "$work/$name/target/$name.wasm" "$work/$language/"
        "$windlass" plugin inspect "$work/$name/target/$name.wasm" --output json >"$work/$language/$name.json"
    done
    # Several in one archive: what they share, a language's runtime, is there once.
    (cd "$work/$language" && tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=ustar \
        --file "../$language.tar" -- *)
done
rm -rf "${here:?}/$release"
mkdir "$here/$release"
for language in "${!kinds[@]}"; do
    # The window is as large as the archive, and as what the tests read.
    zstd --quiet --ultra -22 --long=26 "$work/$language.tar" -o "$here/$release/$language.tar.zst"
done
ls -l "$here/$release" >&2
