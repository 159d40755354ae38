#!/usr/bin/env bash
# Builds windlass-oci as a static program that runs in any Linux container.
#
# usage: plugins/oci-push/helper/build.sh OUTPUT
set -euo pipefail

if (($# != 1)); then
    sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=runtime/agent/static.sh
source "$here/../../../runtime/agent/static.sh"
build_static windlass-oci "$1"
