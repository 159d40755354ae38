#!/usr/bin/env bash
# Starts a container engine, Podman with its Docker-compatible socket, with the
# registry and the test images. Returns at once when it runs.
#
# usage: tests/cluster/engine-up.sh [--check] [--small]
#
# With --small, only the registries and images that the demo needs, none of which is built from sources.
# With --check it starts nothing, and its exit status says whether Podman runs.
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

small=()
recipes=()
check=false
for option in "$@"; do
    case $option in
        --check) check=true ;;
        --small)
            small=(--small)
            recipes=(busybox docker pause)
            ;;
        *)
            echo "error: unknown option '$option'; there are: --check, --small" >&2
            exit 2
            ;;
    esac
done
if $check; then
    healthy 2>/dev/null && exit 0 || exit 1
fi

require_root
require_short_paths
take_lock engine

require_packages engine
[[ -n ${small[*]} ]] || require_packages sources
archives=$("$here/images/build.sh" "${recipes[@]}")
"$here/registry-up.sh" "${small[@]}"
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
