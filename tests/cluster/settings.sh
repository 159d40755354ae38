# shellcheck shell=bash disable=SC2034
# Sourced: every name, address and place that more than one script must agree on.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/cache.sh
source "$here/cache.sh"

# All state of running things; the built parts stay in $WINDLASS_CACHE.
state=${WINDLASS_CLUSTER_DIR:-$WINDLASS_CACHE/cluster}

node_name=windlass
api_port=6643
kubelet_port=10350
etcd_port=23790
etcd_peer_port=23800

# Pods have this network to themselves: no route leads out of it, except to the registry.
pod_bridge=wl-pods
pod_network=10.244.77.0/24

# The registry has an address of its own, which pods, containers and the host all reach.
registry_bridge=wl-registry
registry_address=10.244.76.1
registry_name=gcr.io
registry_user=_json_key
# On the loopback, without TLS or password: what was pushed, for reading back…
readback_port=5076
# …and a second, empty registry that takes pushes (also at $registry_address).
plain_port=5077
# …the first one again, for whoever brings a token that the second port issues, as the real one asks.
# The issuer lets a user only at what begins with the user's name.
token_registry_port=5443
token_issuer_port=5444
token_user=my-project
# …the first one without a password, and with a certificate that has expired.
expired_port=5446
# What the demo needs of these, and what only tests ask for, the issuer of tokens among them.
small_registries=(registry-gcr registry-readback registry-plain registry-pods)
further_registries=(registry-token registry-issuer registry-expired)
# What a Dockerfile of a test starts from: in the first, and in the second.
base_image=$token_user/busybox:latest
base_image_plain=library/busybox:latest

engine_bridge=wl-podman
engine_network=10.244.78.0/24
engine_gateway=10.244.78.1

require_root() {
    if ((EUID != 0)); then
        echo "error: ${0##*/} makes network devices and containers, so it must run as root" >&2
        exit 1
    fi
}

require_packages() {
    "$here/../setup/packages.sh" "$@" >&2
}

# A unix socket's path has at most 107 bytes.
require_short_paths() {
    if ((${#state} > 60)); then
        echo "error: the path of the state directory is too long for the sockets in it: $state" >&2
        echo "Set WINDLASS_CLUSTER_DIR to a directory of at most 60 characters." >&2
        exit 1
    fi
}
