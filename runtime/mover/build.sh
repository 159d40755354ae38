#!/usr/bin/env bash
# Builds the mover as a static program that runs in any Linux container.
#
# usage: runtime/mover/build.sh OUTPUT
set -euo pipefail

if (($# != 1)); then
    sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=runtime/agent/static.sh
source "$here/../agent/static.sh"
build_static windlass-mover "$1"
