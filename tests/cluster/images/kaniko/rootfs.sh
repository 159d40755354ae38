#!/usr/bin/env bash
# Kaniko's executor, laid out as in the image it is called after: nothing is
# beside it but certificates, and there is no shell.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/images/archive.sh
source "$here/../archive.sh"

tools=$("$here/../../go-tools.sh" "$here")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
mkdir -p "$root"/kaniko/{ssl/certs,.docker} "$root"/{etc,workspace}
chmod 0777 "$root/kaniko"
cp "$tools/executor" "$root/kaniko/executor"
cp /etc/ssl/certs/ca-certificates.crt "$root/kaniko/ssl/certs/"
echo "hosts: files dns" >"$root/etc/nsswitch.conf"
root_filesystem "$root" "$1"
