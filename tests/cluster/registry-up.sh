#!/usr/bin/env bash
# Starts the registries that tests push to. Does nothing when they run.
#
# usage: tests/cluster/registry-up.sh [--small]
#
# With --small, only those that the demo needs: no issuer of tokens has to be built, and so no Go is needed.
#
# The one under $state/registry/gcr asks for a password and has a certificate
# for gcr.io; it stands for the real one by a host alias. Debian's docker-registry
# keeps all its state in its files, so several processes can serve the same ones
# at different addresses. One of them asks, at another port, for a token instead
# of the password, as the real one does: Makisu knows no other way to log in.
# Another's certificate has expired.
set -euo pipefail
# shellcheck source=tests/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=tests/cluster/process.sh
source "$here/process.sh"
# shellcheck source=tests/cluster/certificates/issue.sh
source "$here/certificates/issue.sh"

all_run() {
    local name
    for name in "$@"; do
        running "$name" || return 1
    done
}

# serve NAME STORAGE ADDRESS [SETTING…]: further settings are environment variables.
serve() {
    local name=$1 storage=$2 address=$3
    shift 3
    mkdir -p "$storage"
    cat >"$state/registry/$name.yml" <<YAML
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: "$storage"}
  delete: {enabled: true}
http: {addr: "$address"}
YAML
    # Tracing would otherwise look for a collector.
    start "$name" env OTEL_TRACES_EXPORTER=none "$@" docker-registry serve "$state/registry/$name.yml"
}

# The key's form is that of a service account's. It is on one line with single
# spaces, because `echo $KEY` makes it so, and what tells it from others comes
# before byte 72, because that is all that bcrypt compares.
password() {
    printf '{"type": "service_account", "private_key_id": "%s", "project_id": "my-project", "client_email": "builder@my-project.iam.gserviceaccount.com"}' \
        "$(openssl rand -hex 8)"
}

# push_base: the image that Dockerfiles of tests start from, in both registries,
# unless it is there already. It has a Docker schema 2 manifest, which is all
# that Makisu reads, and its configuration names an architecture, without which
# BuildKit takes no base image.
push_base() {
    local archive mark credentials=$state/registry/auth.json trusted=$state/registry/trusted
    archive=$("$here/images/build.sh" busybox)
    mark=$state/registry/pushed/$(basename "$(dirname "$archive")")
    [[ ! -f $mark ]] || return 0
    skopeo copy --quiet --format v2s2 --dest-tls-verify=false "docker-archive:$archive" \
        "docker://127.0.0.1:$plain_port/$base_image_plain"
    # By its address, which its certificate names too: on this machine, gcr.io is another.
    mkdir -p "$trusted" "$(dirname "$mark")"
    cp "$state/registry/ca.crt" "$trusted/"
    (umask 077 && jq --null-input --rawfile password "$state/registry/password" \
        --arg registry "$registry_address:443" --arg user "$registry_user" \
        '{auths: {($registry): {auth: "\($user):\($password)" | @base64}}}' >"$credentials")
    skopeo copy --quiet --format v2s2 --dest-cert-dir "$trusted" --dest-authfile "$credentials" \
        "docker-archive:$archive" "docker://$registry_address:443/$base_image"
    touch "$mark"
}

answers() {
    curl --silent --output /dev/null --max-time 2 "$@"
}

# The addresses, certificates and passwords that all of them share.
prepare() {
    local user
    mkdir -p "$state/registry"
    ip link add "$registry_bridge" type bridge
    ip address add "$registry_address/32" dev "$registry_bridge"
    ip link set "$registry_bridge" up

    authority=$("$here/certificates/registry-ca.sh")
    cp "$authority/ca.crt" "$state/registry/ca.crt"
    server_certificate "$authority" "$state/registry" server \
        "DNS:$registry_name,DNS:localhost,IP:$registry_address,IP:127.0.0.1"
    server_certificate "$authority" "$state/registry" expired "DNS:$registry_name" -1
    if [[ ! -f $state/registry/password ]]; then
        (umask 077 && password >"$state/registry/password")
    fi
    for user in "$registry_user" "$token_user"; do
        htpasswd -Bin "$user" <"$state/registry/password"
    done >"$state/registry/htpasswd" 2>/dev/null
}

start_small() {
    serve registry-gcr "$state/registry/gcr" "$registry_address:443" \
        REGISTRY_HTTP_TLS_CERTIFICATE="$state/registry/server.crt" \
        REGISTRY_HTTP_TLS_KEY="$state/registry/server.key" \
        REGISTRY_AUTH=htpasswd \
        REGISTRY_AUTH_HTPASSWD_REALM="$registry_name" \
        REGISTRY_AUTH_HTPASSWD_PATH="$state/registry/htpasswd"
    serve registry-readback "$state/registry/gcr" "127.0.0.1:$readback_port" \
        REGISTRY_STORAGE_MAINTENANCE_READONLY='{"enabled": true}'
    serve registry-plain "$state/registry/plain" "127.0.0.1:$plain_port"
    serve registry-pods "$state/registry/plain" "$registry_address:$plain_port"

    wait_until registry-gcr "answer from the registry" answers --cacert "$state/registry/ca.crt" \
        --resolve "$registry_name:443:$registry_address" "https://$registry_name/v2/"
    wait_until registry-readback "answer from the registry" answers "http://127.0.0.1:$readback_port/v2/"
    wait_until registry-plain "answer from the registry" answers "http://127.0.0.1:$plain_port/v2/"
    wait_until registry-pods "answer from the registry" answers "http://$registry_address:$plain_port/v2/"
}

start_further() {
    local tools issuer=$registry_name:$token_issuer_port
    require_packages sources
    tools=$("$here/go-tools.sh" "$here/token-server")
    serve registry-expired "$state/registry/gcr" "$registry_address:$expired_port" \
        REGISTRY_HTTP_TLS_CERTIFICATE="$state/registry/expired.crt" REGISTRY_HTTP_TLS_KEY="$state/registry/expired.key"
    # Tokens are signed with the server's key.
    start registry-issuer "$tools/token-server" -addr "$registry_address:$token_issuer_port" \
        -issuer "$issuer" -passwd "$state/registry/htpasswd" \
        -tlscert "$state/registry/server.crt" -tlskey "$state/registry/server.key"
    serve registry-token "$state/registry/gcr" "$registry_address:$token_registry_port" \
        REGISTRY_HTTP_TLS_CERTIFICATE="$state/registry/server.crt" \
        REGISTRY_HTTP_TLS_KEY="$state/registry/server.key" \
        REGISTRY_AUTH=token \
        REGISTRY_AUTH_TOKEN_REALM="https://$issuer/token/" \
        REGISTRY_AUTH_TOKEN_SERVICE="$registry_name:$token_registry_port" \
        REGISTRY_AUTH_TOKEN_ISSUER="$issuer" \
        REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE="$state/registry/server.crt"

    wait_until registry-token "answer from the registry" answers --cacert "$state/registry/ca.crt" \
        --resolve "$registry_name:$token_registry_port:$registry_address" "https://$registry_name:$token_registry_port/v2/"
    wait_until registry-expired "answer from the registry" answers --insecure "https://$registry_address:$expired_port/v2/"
    wait_until registry-issuer "answer" answers --cacert "$state/registry/ca.crt" \
        --resolve "$issuer:$registry_address" "https://$issuer/token/"
}

require_root
require_short_paths
take_lock registry
require_packages engine
if ! all_run "${small_registries[@]}"; then
    "$here/registry-down.sh" --locked
    prepare
    start_small
fi
if [[ ${1:-} != --small ]] && ! all_run "${further_registries[@]}"; then
    for name in "${further_registries[@]}"; do
        stop "$name"
    done
    start_further
fi
push_base
