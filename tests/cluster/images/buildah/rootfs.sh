#!/usr/bin/env bash
# Buildah from Debian.
set -euo pipefail

mmdebstrap --quiet --variant=essential --skip=output/dev \
    --include=buildah,ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm "$1"
