#!/usr/bin/env bash
# Prints the directory of the authority (ca.crt, ca.key) that the test registry's
# certificate comes from, and makes it the first time.
#
# It outlives the registry, because the docker:dind test image trusts it by a
# copy of ca.crt inside.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/cache.sh
source "$here/../cache.sh"
# shellcheck source=tests/cluster/certificates/issue.sh
source "$here/issue.sh"

build_into() {
    certificate_authority "$1" "windlass test registry"
}
cached registry-ca "$(content_key "$here/issue.sh")"
