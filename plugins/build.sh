#!/usr/bin/env bash
# Builds plugins as WebAssembly components.
#
# usage: plugins/build.sh OUT_DIR [CRATE_DIR]…
#
# Without a crate: the built-in plugins. A crate that is not a member of the
# workspace is built by its own manifest. Each becomes OUT_DIR/NAME.wasm, where
# NAME is the package's without `windlass-plugin-`.
#
# A plugin may carry a program that it runs in containers. Every NAME/helper/build.sh
# makes one before, found by the plugins that embed it as $WINDLASS_HELPERS/NAME.
#
# Two ways lead to a standard library for wasm32-unknown-unknown:
#   - rustup's target, where it is installed:
#         rustup target add wasm32-unknown-unknown
#   - Debian's compiler with the library's source:
#         apt-get install --no-install-recommends rustc-web rust-web-src
# The linker is wasm-component-ld, which every rustup toolchain brings.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=wasm32-unknown-unknown

if (($# < 1)); then
    echo "usage: plugins/build.sh OUT_DIR [CRATE_DIR]…" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift

cache=$(realpath -m "${WINDLASS_BUILD_CACHE:-${WINDLASS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/windlass}}")

# One checkout at a time, until its files are copied: another's would be taken for them.
mkdir -p "$cache"
exec {lock}>"$cache/guest.lock"
flock "$lock"

# Before anything is set for the plugins: these programs are built in their own way.
export WINDLASS_HELPERS=$cache/helpers
for helper in "$here"/*/helper/build.sh; do
    [[ -x $helper ]] || continue
    name=$(basename "$(dirname "$(dirname "$helper")")")
    "$helper" "$WINDLASS_HELPERS/$name"
done

# Its own directory: another target and other flags than the rest of the workspace.
export CARGO_TARGET_DIR=$cache/guest-target
# Small code, because it is compiled again on the machine that runs it; with names, because a trap shows them.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=true CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
export CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=debuginfo

# Paths of this machine would get into the messages of panics, and make the component another one on each machine. Cargo names
# the workspace's own files by their place in it, so the checkout's path is not among the flags: another would mean building all
# dependencies again.
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"

build=(cargo build --locked --release --target "$target")
sysroot=$(cd "$here" && rustc --print sysroot)
linker=$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin
if [[ ! -x $linker/wasm-component-ld ]]; then
    echo "error: the Rust toolchain in $sysroot has no wasm-component-ld; install Rust with rustup (https://rustup.rs)" >&2
    exit 1
fi
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker/wasm-component-ld
# Where wasm-component-ld finds wasm-ld.
export PATH=$linker/gcc-ld:$PATH

if [[ ! -d $sysroot/lib/rustlib/$target ]]; then
    if [[ ! -d /usr/lib/rustlib/src/rust/library/std ]] || ! /usr/bin/rustc --version >/dev/null 2>&1; then
        echo "error: no standard library for $target; run 'make setup', or one of:" >&2
        echo "  rustup target add $target" >&2
        echo "  apt-get install --no-install-recommends rustc-web rust-web-src" >&2
        exit 1
    fi
    # A standard library is built by the compiler it belongs to; Debian's is stable, so it must be told to.
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/debian
    # With what is new told by content, so that checkouts can share all of it: one's files may be older than what was made of another's.
    build+=("-Zbuild-std=std,panic_abort" "-Zchecksum-freshness")
else
    CARGO_TARGET_DIR=$CARGO_TARGET_DIR/$(sha256sum <<<"$here" | cut -c1-16)
fi

# The name under which a package's component is known, and the file cargo makes of it.
package() {
    sed -n '/^\[package\]/,/^\[[^p]/s/^name = "\(.*\)"/\1/p' "$1/Cargo.toml" | head -n 1
}

place() {
    local name=$1 file
    file=$CARGO_TARGET_DIR/$target/release/${name//-/_}.wasm
    # Unchanged files keep their time, so that nothing is built again for their sake.
    cmp -s "$file" "$out/${name#windlass-plugin-}.wasm" || install -m 0644 "$file" "$out/${name#windlass-plugin-}.wasm"
}

if (($# == 0)); then
    names=()
    for manifest in "$here"/*/Cargo.toml; do
        if grep -q '^crate-type = \["cdylib"' "$manifest"; then
            names+=("$(package "$(dirname "$manifest")")")
        fi
    done
    (cd "$here/.." && "${build[@]}" "${names[@]/#/--package=}")
    for name in "${names[@]}"; do
        place "$name"
    done
fi
# To a crate outside the workspace, the SDK is somewhere on this machine. In a directory of their own: cargo builds everything again
# when its flags change, the standard library first.
if (($# > 0)); then
    export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/elsewhere
    repository=$(dirname "$here")
    export RUSTFLAGS="$RUSTFLAGS --remap-path-prefix=$repository=/windlass"
fi
# Only what Cargo.lock names is built. A new crate has none yet, and gets it.
lock() {
    local root
    root=$(dirname "$(cargo locate-project --workspace --message-format plain)")
    if [[ ! -e $root/Cargo.lock ]]; then
        cargo generate-lockfile
        echo "note: $root/Cargo.lock is new: it holds the versions that are built; commit it" >&2
    fi
}
for crate in "$@"; do
    (cd "$crate" && lock && "${build[@]}")
    place "$(package "$crate")"
done
