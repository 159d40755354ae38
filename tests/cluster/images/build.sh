#!/usr/bin/env bash
# Builds the test images that are not in the cache yet, and prints the path of
# each one's archive, which both `podman load` and `ctr images import` take.
#
# usage: tests/cluster/images/build.sh [RECIPE…]    (default: every recipe)
#
# A recipe is a directory: rootfs.sh, which writes the root filesystem as a tar
# to the path it is given, and images.json, which maps the names of the images
# that have this one layer to their configuration. It may also hold files that
# rootfs.sh uses, such as a Go module whose programs go into the image.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/cache.sh
source "$here/../cache.sh"
# shellcheck source=tests/cluster/images/archive.sh
source "$here/archive.sh"

authority=$("$here/../certificates/registry-ca.sh")
WINDLASS_REGISTRY_CA=$authority/ca.crt
export WINDLASS_REGISTRY_CA

build_into() {
    echo "building the test image $recipe"
    (umask 022 && "$here/$recipe/rootfs.sh" "$1/layer.tar") || return 1
    docker_archive "$1" "$here/$recipe/images.json" || return 1
    rm "$1/layer.tar"
}

recipes=("$@")
if ((${#recipes[@]} == 0)); then
    mapfile -t recipes < <(cd "$here" && printf '%s\n' */images.json | xargs -n1 dirname)
fi
for recipe in "${recipes[@]}"; do
    if [[ ! -f $here/$recipe/images.json ]]; then
        echo "error: no image recipe '$recipe' in $here" >&2
        exit 2
    fi
    made_from=("$here/archive.sh" "$here/$recipe"/* "$WINDLASS_REGISTRY_CA")
    if [[ -f $here/$recipe/go.mod ]]; then
        made_from+=("$here/../go-tools.sh")
    fi
    key=$(content_key "${made_from[@]}")
    directory=$(cached "image-$recipe" "$key")
    echo "$directory/image.tar"
done
