#!/usr/bin/env bash
# A C compiler and ccache from Debian.
set -euo pipefail

mmdebstrap --quiet --variant=essential --skip=output/dev --include=ccache,gcc \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$1"
