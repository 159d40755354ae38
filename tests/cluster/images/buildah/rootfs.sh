#!/usr/bin/env bash
# Buildah and Podman from Debian, in one root filesystem: they have nearly all of it in common.
set -euo pipefail

# Each hook is given the root directory as $1. Podman's image has an ordinary user, and mapping programs
# that have the one capability that they use; Debian's are setuid root, which needs all of root's.
# shellcheck disable=SC2016
mmdebstrap --quiet --variant=essential --skip=output/dev \
    --include=buildah,podman,uidmap,ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='chmod u-s "$1/usr/bin/newuidmap" "$1/usr/bin/newgidmap"' \
    --customize-hook='setcap cap_setuid=ep "$1/usr/bin/newuidmap"' \
    --customize-hook='setcap cap_setgid=ep "$1/usr/bin/newgidmap"' \
    --customize-hook='echo "podman:x:1000:1000::/home/podman:/bin/bash" >>"$1/etc/passwd"' \
    --customize-hook='echo "podman:x:1000:" >>"$1/etc/group"' \
    --customize-hook='printf "podman:1:999\npodman:1001:64535\n" | tee "$1/etc/subuid" >"$1/etc/subgid"' \
    --customize-hook='mkdir -p "$1/home/podman/.local/share/containers"' \
    --customize-hook='chown -R 1000:1000 "$1/home/podman"' \
    bookworm "$1"
