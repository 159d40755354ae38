#!/usr/bin/env bash
# Starts a container engine, Podman with its Docker-compatible socket, with the
# registry and the test images. Returns at once when it runs.
#
# usage: tests/cluster/engine-up.sh [--check | RECIPE…]    (default: every image recipe)
#
# With --check it starts nothing, and its exit status says whether it runs.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"
# shellcheck source=tests/cluster/host.sh
source "$here/host.sh"
# shellcheck source=tests/cluster/podman.sh
source "$here/podman.sh"

healthy() {
    running podman && engine_answers
}

case ${1:-} in
    --check) healthy 2>/dev/null && exit 0 || exit 1 ;;
    -*)
        echo "error: unknown option '$1'; there is: --check" >&2
        exit 2
        ;;
esac

require_root
require_short_paths
take_lock engine

require_packages engine
archives=$("$here/images/build.sh" "$@")
"$here/registry-up.sh"
mapfile -t archives <<<"$archives"
if healthy; then
    load_images "${archives[@]}"
    exit 0
fi

"$here/engine-down.sh" --keep-registry --locked
remember_host
configure_podman
load_images "${archives[@]}"
start podman "${podman_command[@]}" system service --time=0 "unix://$engine_socket"
wait_until podman "answer from Podman" engine_answers
