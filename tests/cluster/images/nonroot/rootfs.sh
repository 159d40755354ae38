#!/usr/bin/env bash
# An image with a shell that runs as a user who owns nothing but a home directory.
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp}
chmod 1777 "$root/tmp"
cp /bin/busybox "$root/bin/busybox"
while read -r applet; do
    [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"
done < <("$root/bin/busybox" --list)
printf 'root:x:0:0:root:/:/bin/sh\nbuilder:x:1000:1000:builder:/home/builder:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nbuilder:x:1000:\n' >"$root/etc/group"

# One invocation of tar knows one owner, so there are two.
tar --create --file="$1" --directory="$root" --sort=name --mtime=@0 \
    --owner=0 --group=0 --numeric-owner .
mkdir -p "$root/home/builder"
tar --append --file="$1" --directory="$root" --mtime=@0 \
    --owner=1000 --group=1000 --numeric-owner ./home/builder
