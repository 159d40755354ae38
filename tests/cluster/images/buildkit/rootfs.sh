#!/usr/bin/env bash
# BuildKit's daemon and client, for an ordinary user, laid out as in the image it is called after.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

tools=$("$here/../../go-tools.sh" "$here")

# Each hook is given the root directory as $1. Debian's newuidmap and newgidmap are setuid root, which
# needs all of root's capabilities; here they get the one that they use, as in the real image.
# Without the skipped step, /run would be emptied.
# shellcheck disable=SC2016
mmdebstrap --quiet --variant=essential --skip=output/dev --skip=cleanup/run \
    --include=rootlesskit,runc,uidmap,ca-certificates,git \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="upload '$tools/buildkitd' /usr/bin/buildkitd" \
    --customize-hook="upload '$tools/buildctl' /usr/bin/buildctl" \
    --customize-hook='chmod 0755 "$1/usr/bin/buildkitd" "$1/usr/bin/buildctl"' \
    --customize-hook='chmod u-s "$1/usr/bin/newuidmap" "$1/usr/bin/newgidmap"' \
    --customize-hook='setcap cap_setuid=ep "$1/usr/bin/newuidmap"' \
    --customize-hook='setcap cap_setgid=ep "$1/usr/bin/newgidmap"' \
    --customize-hook='echo "user:x:1000:1000::/home/user:/bin/sh" >>"$1/etc/passwd"' \
    --customize-hook='echo "user:x:1000:" >>"$1/etc/group"' \
    --customize-hook='echo "user:100000:65536" | tee "$1/etc/subuid" >"$1/etc/subgid"' \
    --customize-hook='mkdir -p "$1/run/user/1000" "$1/home/user/.local/tmp" "$1/home/user/.local/share/buildkit"' \
    --customize-hook='chown -R 1000:1000 "$1/run/user/1000" "$1/home/user"' \
    bookworm "$1"
