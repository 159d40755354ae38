# shellcheck shell=bash
# Sourced: where built things are kept, and how they are found again.
#
# A built thing lives in $WINDLASS_CACHE/KIND-KEY, where KEY is a hash of the
# files it was made from: a changed recipe builds anew, an unchanged one costs
# nothing.

WINDLASS_CACHE=${WINDLASS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/windlass}

# content_key FILE…: a short hash of their names and contents.
content_key() {
    local file
    for file in "$@"; do
        basename "$file"
        cat "$file" || return 1
    done | sha256sum | cut -c1-16
}

# cached KIND KEY: prints the directory of the built thing. Builds it if it is
# not there yet, with `build_into DIRECTORY`, which the caller defines.
#
# It is built beside its place and moved there, so that an interrupted build
# never passes for a whole one, and under a lock, so that two callers do not
# build the same thing.
cached() {
    local directory=$WINDLASS_CACHE/$1-$2 partial lock
    if [[ ! -d $directory ]]; then
        mkdir -p "$WINDLASS_CACHE/locks"
        exec {lock}>"$WINDLASS_CACHE/locks/$1-$2"
        flock "$lock"
        if [[ ! -d $directory ]]; then
            partial=$(mktemp -d "$directory.partial.XXXXXX")
            chmod 0755 "$partial"
            if ! build_into "$partial" >&2; then
                rm -rf "$partial"
                echo "error: $1 could not be built; the messages above say why" >&2
                return 1
            fi
            mv "$partial" "$directory"
        fi
        exec {lock}>&-
    fi
    echo "$directory"
}
