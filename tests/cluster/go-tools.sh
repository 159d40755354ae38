#!/usr/bin/env bash
# Builds the program that a Go module is, or those that it names in its `tool`
# lines, into the cache, static, and prints their directory.
#
# usage: tests/cluster/go-tools.sh MODULE
#
# MODULE is a directory with go.mod and go.sum, and build tags in `tags` if there
# are any. The first time costs a minute or two; nothing afterwards, until the module's
# files change.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/cache.sh
source "$here/cache.sh"

module=$(cd "${1:?the directory of a Go module}" && pwd)
made_from=("$module"/go.{mod,sum} "$here/go-tools.sh")
package=tool
if [[ -f $module/main.go ]]; then
    package=.
    made_from+=("$module"/*.go)
fi
tags=
if [[ -f $module/tags ]]; then
    made_from+=("$module/tags")
    tags=$(<"$module/tags")
fi
name=$(basename "$module")

build_into() {
    local go
    go=$("$here/../setup/go.sh" "$module") || return 1
    echo "building $name (a minute or two, once)"
    cd "$module" && CGO_ENABLED=0 "$go" build -trimpath -tags="$tags" -ldflags="-s -w" -o "$1/" "$package"
}

cached "tools-$name" "$(content_key "${made_from[@]}")"
