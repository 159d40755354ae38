#!/usr/bin/env bash
# Prints where everything is, as `export NAME=VALUE` lines, whether or not it runs:
#
#   eval "$(tests/cluster/env.sh)"
#
# usage: tests/cluster/env.sh [--small]
#
# With --small, only the registries, the engine and their images. Otherwise what is missing of the programs that it names is built.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

say() {
    printf 'export WINDLASS_TEST_%s=%q\n' "$1" "$2"
}

# Stands for $REGISTRY_NAME at port 443 of its address, with TLS and a password.
say REGISTRY_NAME "$registry_name"
say REGISTRY_ADDRESS "$registry_address"
say REGISTRY_CA "$state/registry/ca.crt"
say REGISTRY_USER "$registry_user"
say REGISTRY_PASSWORD_FILE "$state/registry/password"
# The same content and password, but through a token, as the real one asks. This
# user may write to what begins with the user's name.
say REGISTRY_TOKEN "$registry_name:$token_registry_port"
say REGISTRY_TOKEN_USER "$token_user"
# The same content, without a password, and with a certificate that has expired.
say REGISTRY_EXPIRED "$registry_name:$expired_port"
# The same content on the loopback, for reading only, plain HTTP.
say REGISTRY_READBACK "127.0.0.1:$readback_port"
# Another registry: plain HTTP, no password, for reading and writing.
say REGISTRY_PLAIN "127.0.0.1:$plain_port"
say REGISTRY_PLAIN_FROM_PODS "$registry_address:$plain_port"

# In these, for Dockerfiles to start from: a busybox.
say BASE_IMAGE "$registry_name/$base_image"
say BASE_IMAGE_TOKEN "$registry_name:$token_registry_port/$base_image"
say BASE_IMAGE_PLAIN "$registry_address:$plain_port/$base_image_plain"

say ENGINE_SOCKET "$state/engine/podman.sock"

say IMAGE_DOCKER docker.io/library/docker:latest
say IMAGE_DIND docker.io/library/docker:dind
say IMAGE_BUSYBOX docker.io/library/busybox:latest
say IMAGE_NONROOT docker.io/windlass/nonroot:latest
say IMAGE_COMPILER docker.io/windlass/compiler:latest
say IMAGE_EMPTY docker.io/windlass/empty:latest
say IMAGE_KANIKO gcr.io/kaniko-project/executor:v1.24.0
say IMAGE_MAKISU gcr.io/uber-container-tools/makisu:v0.4.2
say IMAGE_BUILDKIT docker.io/moby/buildkit:v0.34.2-rootless
say IMAGE_BUILDAH quay.io/containers/buildah:v1.43.2
say IMAGE_PODMAN quay.io/podman/stable:latest

[[ ${1:-} != --small ]] || exit 0

components=$("$here/node/build.sh")

# The administrator's; the same with contexts named as GKE and EKS name them; a
# user who may do nothing; one who may do everything but pods/exec.
say KUBECONFIG "$state/kubeconfig"
say KUBECONFIG_CLOUD "$state/kubeconfig-cloud"
say KUBECONFIG_NOBODY "$state/kubeconfig-nobody"
say KUBECONFIG_NO_EXEC "$state/kubeconfig-no-exec"
say CONTEXT windlass-test
say CONTEXT_GKE gke_my-project_us-central1-b_cirrus-ci-cluster
say CONTEXT_EKS arn:aws:eks:us-east-2:123456789012:cluster/cirrus-ci-cluster
say KUBECTL "$components/kubectl"

say NAMESPACE cirrus-ci
say NAMESPACE_BASELINE windlass-baseline
say NAMESPACE_RESTRICTED windlass-restricted

# Reads and copies images, on this machine.
crane=$("$here/go-tools.sh" "$here/crane")
say CRANE "$crane/crane"

# What else speaks to registries: another client, whoever signs, and a registry that knows what refers to what.
oras=$("$here/go-tools.sh" "$here/oras")
say ORAS "$oras/oras"
cosign=$("$here/go-tools.sh" "$here/cosign")
say COSIGN "$cosign/cosign"
referrers=$("$here/go-tools.sh" "$here/referrers")
say REFERRERS "$referrers/referrers"

# An S3 server, of which each test starts its own.
versitygw=$("$here/go-tools.sh" "$here/versitygw")
say VERSITYGW "$versitygw/versitygw"
# What BuildKit's cache of type gha speaks with.
actions_cache=$("$here/go-tools.sh" "$here/actions-cache")
say ACTIONS_CACHE "$actions_cache/actions-cache"
