#!/usr/bin/env bash
# Builds the Kubernetes components into the cache and prints their directory.
#
# Four minutes on two cores the first time; nothing afterwards, until this
# module's files change.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/cluster/cache.sh
source "$here/../cache.sh"

build_into() {
    local go version component
    go=$("$here/../../setup/go.sh" "$here") || return 1
    version=$(cd "$here" && "$go" list -m -f '{{.Version}}' k8s.io/kubernetes) || return 1
    # An unstamped kubelet calls itself v0.0.0, and the API server refuses to
    # serve a version it cannot parse.
    local stamp="-X k8s.io/component-base/version.gitVersion=$version"
    stamp+=" -X k8s.io/component-base/version.gitMajor=1"
    stamp+=" -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$version")"
    echo "building the Kubernetes $version components (some minutes, once)"
    (cd "$here" && CGO_ENABLED=0 "$go" build -trimpath -tags=providerless \
        -ldflags="-s -w $stamp" -o "$1/components" .) || return 1
    for component in kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do
        ln -s components "$1/$component"
    done
}

cached node "$(content_key "$here"/{main.go,go.mod,go.sum,build.sh})"
