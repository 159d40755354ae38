#!/usr/bin/env bash
# Makisu, laid out as in the image it is called after: nothing is beside it but
# certificates, and there is no shell.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/images/archive.sh
source "$here/../archive.sh"

tools=$("$here/../../go-tools.sh" "$here")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
mkdir -p "$root/makisu-internal/certs"
cp "$tools/makisu" "$root/makisu-internal/makisu"
cp /etc/ssl/certs/ca-certificates.crt "$root/makisu-internal/certs/cacerts.pem"
root_filesystem "$root" "$1"
