#!/usr/bin/env bash
# Docker's client and daemon from Debian, in one root filesystem for both images.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Each hook is given the root directory as $1. Device nodes are the container runtime's to make; documentation nobody reads.
# shellcheck disable=SC2016
mmdebstrap --quiet --variant=essential --skip=output/dev \
    --include=docker.io,iptables,ca-certificates,git,openssl,procps,curl \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="upload '$here/entrypoint.sh' /usr/local/bin/dockerd-entrypoint.sh" \
    --customize-hook='chmod 0755 "$1/usr/local/bin/dockerd-entrypoint.sh"' \
    --customize-hook='mkdir -p "$1/etc/docker/certs.d/gcr.io"' \
    --customize-hook="upload '$WINDLASS_REGISTRY_CA' /etc/docker/certs.d/gcr.io/ca.crt" \
    bookworm "$1"
