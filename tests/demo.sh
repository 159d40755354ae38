#!/usr/bin/env bash
# The main job, for a newcomer to watch: the docker-in-docker example on a Podman of its own, pushed to a registry on this
# machine, and its digest read back from that registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ((EUID != 0)); then
    echo "error: make demo starts a container engine with a privileged container, so it must run as root" >&2
    exit 1
fi

# Making the image takes a minute or two, mostly of waiting, and compiling takes longer.
carried=$(mktemp --directory)
runtime/assets/build.sh "$carried" &
carrying=$!
cargo build --locked &
building=$!
windlass=$(cargo metadata --format-version=1 --no-deps --locked | jq --raw-output .target_directory)/debug/windlass

project=$(mktemp --directory)
settings=$(mktemp --suffix=.yaml)
started=()
stop() {
    local script
    [[ -z $building ]] || kill "$building" "$carrying" 2>/dev/null || true
    for script in "${started[@]}"; do
        "$script" || echo "warning: $script failed" >&2
    done
    rm -rf "$project" "$settings" "$carried"
}
trap stop EXIT
if ! tests/cluster/engine-up.sh --check; then
    started=("$PWD/tests/cluster/engine-down.sh")
    tests/cluster/engine-up.sh --small
fi
# shellcheck disable=SC1090 # Its variables are described in tests/cluster/README.md.
source <(tests/cluster/env.sh --small)
wait "$carrying"
wait "$building"
building=

cp --recursive examples/docker-in-docker/. "$project"
cd "$project"
cat >"$settings" <<TEXT
# On this machine, gcr.io is the registry that was just started.
host_aliases:
  - ip: $WINDLASS_TEST_REGISTRY_ADDRESS
    hostnames: [gcr.io]
TEXT
git init --quiet --initial-branch=main
git add --all
git -c user.name=Demo -c user.email=demo@example.com commit --quiet --message="An image"
head=$(git rev-parse HEAD)

echo "+ windlass run --on engine --settings $settings --secret REGISTRY_KEY=file:$WINDLASS_TEST_REGISTRY_PASSWORD_FILE"
XDG_STATE_HOME=$project/.state DOCKER_HOST=unix://$WINDLASS_TEST_ENGINE_SOCKET \
    "$windlass" run --on engine --settings "$settings" --secret "REGISTRY_KEY=file:$WINDLASS_TEST_REGISTRY_PASSWORD_FILE"

digest=$(curl --silent --show-error --fail --head \
    --header "Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json" \
    "http://$WINDLASS_TEST_REGISTRY_READBACK/v2/my-project/hello/manifests/$head" |
    tr --delete '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
if [[ -z $digest ]]; then
    echo "error: the registry does not serve gcr.io/my-project/hello:$head" >&2
    exit 1
fi
echo
echo "The registry serves gcr.io/my-project/hello:$head"
echo "as $digest"
