#!/usr/bin/env bash
# Prints a Go compiler that is new enough for the module in a directory.
#
# usage: tests/setup/go.sh DIRECTORY
#
# Debian 12 has Go 1.19, which can neither build such a module nor, unlike 1.21
# and later, fetch the Go that can. It can download modules, though, and the Go
# toolchain is one; this is what later versions do, done by hand.
set -euo pipefail
module=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/cache.sh
source "$here/../cluster/cache.sh"

if ! command -v go >/dev/null; then
    echo "error: no Go compiler; install Go (https://go.dev/dl) or, on Debian, run: apt-get install --no-install-recommends golang-go" >&2
    exit 1
fi
if (cd "$module" && go list -m >/dev/null 2>&1); then
    command -v go
    exit 0
fi

release=$(sed -n 's/^go //p' "$module/go.mod")
platform=$(go env GOOS)-$(go env GOARCH)

build_into() {
    local answer file
    echo "downloading Go $release"
    answer=$(cd "$1" && go mod download -json "golang.org/toolchain@v0.0.1-go$release.$platform") || {
        jq -r .Error <<<"$answer"
        return 1
    }
    cp -r "$(jq -r .Dir <<<"$answer")/." "$1/" || return 1
    # A module zip carries neither modes nor nested modules; the latter are
    # stored under another name.
    chmod -R u+w "$1"
    chmod 0755 "$1"/bin/* "$1"/pkg/tool/*/*
    for file in "$1"/src/_go.mod "$1"/src/cmd/_go.mod; do
        mv "$file" "${file%_go.mod}go.mod"
    done
}
directory=$(cached go "$release-$platform")
echo "$directory/bin/go"
