# shellcheck shell=bash
# Builds a program of the workspace so that it runs in any Linux container: static, small, without anything of an image.
# Sourced by the scripts that build such programs.
#
# Takes rustup's library for x86_64-unknown-linux-musl if it is there
# (`rustup target add x86_64-unknown-linux-musl`). Without it, Debian's rustc-web
# and rust-web-src make that library on the way, with musl-tools to link it.

# All of them, each of a package of its name. They are built together, so that what they share is compiled once, with one choice of features.
static_programs=(windlass-agent windlass-mover windlass-oci)
static_workspace=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# build_static PROGRAM OUTPUT: builds PROGRAM, one of those, and places it at OUTPUT.
build_static() {
    local program=$1 output options target=x86_64-unknown-linux-musl
    local cache=${WINDLASS_BUILD_CACHE:-${WINDLASS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/windlass}}
    output=$(realpath -m "$2")

    # One checkout at a time, until its program is copied: another's would be taken for it.
    local lock
    mkdir -p "$cache"
    exec {lock}>"$cache/agent.lock"
    flock "$lock"

    # Its own directory: another compiler and other flags than the rest of the workspace.
    export CARGO_TARGET_DIR=$cache/agent-target
    options=(--profile agent --target "$target" "${static_programs[@]/#/--package=}")

    cd "$static_workspace" || return
    if rustup target list --installed 2>/dev/null | grep -qx "$target"; then
        # Cargo tells by time what is new, and a checkout's files may be older than what was made of another's.
        CARGO_TARGET_DIR=$CARGO_TARGET_DIR/$(sha256sum <<<"$static_workspace" | cut -c1-16)
        cargo build --locked "${options[@]}" || return
    else
        for need in /usr/bin/rustc /usr/lib/rustlib/src/rust/library musl-gcc; do
            if ! command -v "$need" >/dev/null && [[ ! -e $need ]]; then
                echo "error: there is no $need. Either" >&2
                echo "  rustup target add $target" >&2
                echo "or, on Debian, apt-get install rustc-web rust-web-src musl-tools" >&2
                return 1
            fi
        done
        # std names libunwind, of which nothing is used when a panic ends the process at once.
        mkdir -p "$CARGO_TARGET_DIR/unwind"
        ln -sf "$(gcc -print-file-name=libgcc_eh.a)" "$CARGO_TARGET_DIR/unwind/libunwind.a"
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
        export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=musl-gcc
        export RUSTFLAGS="-C link-self-contained=no -C target-feature=+crt-static \
        -C relocation-model=static -C force-unwind-tables=no -C strip=symbols \
        -Z unstable-options -C panic=immediate-abort \
        -L $CARGO_TARGET_DIR/unwind"
        # Here it tells by content, so that checkouts can share all of it.
        cargo build --locked "${options[@]}" -Z checksum-freshness -Z build-std=std,panic_abort \
            -Z build-std-features=optimize_for_size || return
    fi

    mkdir -p "$(dirname "$output")"
    # An unchanged file keeps its time, so that nothing is built again for its sake.
    cmp -s "$CARGO_TARGET_DIR/$target/agent/$program" "$output" \
        || install -m 0755 "$CARGO_TARGET_DIR/$target/agent/$program" "$output"
    exec {lock}>&-
}
