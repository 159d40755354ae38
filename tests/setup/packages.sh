#!/usr/bin/env bash
# Installs the Debian packages that building and testing windlass needs.
#
# usage: tests/setup/packages.sh [build|engine|cluster|sources|plugins|lint]…    (default: all)
#
#   build    compilers for plugins and for the agent
#   engine   Podman, a registry, and what makes the test images
#   cluster  what a Kubernetes node needs besides the components built from source
#   sources  a compiler for those, and for builders and other programs that tests use
#   plugins  what plugins in other languages than Rust are made with
#   lint     checks of the scripts
#
# Does nothing, quickly, when everything is there. Installs nothing but Debian
# packages.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/setup/services.sh
source "$here/services.sh"

declare -A packages=(
    # rustc-web is Debian's current compiler; rust-web-src lets -Zbuild-std make
    # the standard library for targets that Debian ships no library for.
    [build]="gcc libc6-dev make rustc-web rust-web-src musl-tools"
    [engine]="podman runc conmon iptables skopeo docker-registry apache2-utils mmdebstrap
        libcap2-bin busybox-static ca-certificates openssl curl jq"
    [cluster]="etcd-server containerd runc containernetworking-plugins iptables iproute2
        docker-registry apache2-utils mmdebstrap libcap2-bin skopeo busybox-static ca-certificates openssl curl jq
        util-linux kmod conntrack"
    [sources]="golang-go zstd lz4 ccache"
    [plugins]="golang-go nodejs npm python3 python3-pip"
    [lint]="shellcheck"
)
# What a machine may have from elsewhere, newer. (For Go, see go.sh.)
command -v cargo >/dev/null || packages[build]+=" cargo-web rust-web-llvm lld-22"
if command -v go >/dev/null; then
    packages[sources]=${packages[sources]/golang-go/}
    packages[plugins]=${packages[plugins]/golang-go/}
fi
if command -v npm >/dev/null; then packages[plugins]=${packages[plugins]/nodejs npm/}; fi
if python3 -m pip --version >/dev/null 2>&1; then packages[plugins]=${packages[plugins]/python3 python3-pip/}; fi

# Prints those of its arguments that are not installed.
missing() {
    local installed
    (($# > 0)) || return 0
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    comm -23 <(printf '%s\n' "$@" | sort -u) <(sed -n 's/^installed //p' <<<"$installed" | sort -u)
}

wanted=()
for group in "${@:-build engine cluster sources plugins lint}"; do
    for name in $group; do
        if [[ -z ${packages[$name]+set} ]]; then
            echo "error: no group '$name'; there are: build, engine, cluster, sources, plugins, lint" >&2
            exit 2
        fi
        read -r -d '' -a members <<<"${packages[$name]}" || true
        wanted+=("${members[@]}")
    done
done

mapfile -t absent < <(missing "${wanted[@]}")
if ((${#absent[@]} > 0)); then
    if ((EUID != 0)); then
        echo "error: these Debian packages are needed; install them as root:" >&2
        echo "  apt-get install --no-install-recommends ${absent[*]}" >&2
        exit 1
    fi
    without_services apt-get install --yes --no-install-recommends "${absent[@]}"
fi

