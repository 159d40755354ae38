#!/usr/bin/env bash
# An image with nothing in it but one empty directory: no shell, no libc, no /tmp.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/images/archive.sh
source "$here/../archive.sh"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
mkdir "$root/empty"
root_filesystem "$root" "$1"
