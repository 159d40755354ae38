#!/usr/bin/env bash
# The sandbox image of every pod: one static program and nothing else.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/images/archive.sh
source "$here/../archive.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
gcc -static -Os -s -Wall -Werror -o "$root/pause" "$here/pause.c"
root_filesystem "$root" "$1"
