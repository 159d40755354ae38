#!/bin/sh
# Starts the daemon the way the docker:dind image does.
#
# Without arguments, or with flags only: a unix socket and TCP, with TLS on 2376
# when DOCKER_TLS_CERTDIR names a directory, plain on 2375 when it is empty. With
# `dockerd …`: that, adding no addresses. With anything else: that.
set -eu

# DIRECTORY NAME USAGE [ALTERNATIVES]: DIRECTORY/{key,cert,ca}.pem for a client or server.
issue() {
    mkdir -p "$1"
    openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$1/key.pem" -out "$1/csr.pem" 2>/dev/null
    {
        echo "extendedKeyUsage=$3"
        if [ -n "${4:-}" ]; then echo "subjectAltName=$4"; fi
    } >"$1/extensions"
    openssl x509 -req -days 825 -in "$1/csr.pem" -out "$1/cert.pem" -extfile "$1/extensions" \
        -CA "$DOCKER_TLS_CERTDIR/ca/cert.pem" -CAkey "$DOCKER_TLS_CERTDIR/ca/key.pem" -CAcreateserial 2>/dev/null
    rm "$1/csr.pem" "$1/extensions"
    cp "$DOCKER_TLS_CERTDIR/ca/cert.pem" "$1/ca.pem"
}

certificates() {
    if [ ! -s "$DOCKER_TLS_CERTDIR/ca/cert.pem" ]; then
        mkdir -p "$DOCKER_TLS_CERTDIR/ca"
        openssl req -x509 -newkey rsa:2048 -nodes -days 825 -subj "/CN=docker:dind CA" \
            -keyout "$DOCKER_TLS_CERTDIR/ca/key.pem" -out "$DOCKER_TLS_CERTDIR/ca/cert.pem" 2>/dev/null
    fi
    issue "$DOCKER_TLS_CERTDIR/server" "docker:dind server" serverAuth \
        "DNS:$(hostname),DNS:docker,DNS:localhost,IP:127.0.0.1,IP:::1"
    issue "$DOCKER_TLS_CERTDIR/client" "docker:dind client" clientAuth
    # The client's half is for another container, whoever it runs as.
    chmod -R a+rX "$DOCKER_TLS_CERTDIR/client"
}

if [ $# -eq 0 ] || [ "${1#-}" != "$1" ]; then
    if [ -n "${DOCKER_TLS_CERTDIR:-}" ]; then
        certificates
        server=$DOCKER_TLS_CERTDIR/server
        set -- dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2376 --tlsverify \
            --tlscacert="$server/ca.pem" --tlscert="$server/cert.pem" --tlskey="$server/key.pem" "$@"
    else
        # Without --tls=false the daemon waits 15 seconds, to be noticed, before it listens.
        set -- dockerd --host=unix:///var/run/docker.sock --host=tcp://0.0.0.0:2375 --tls=false "$@"
    fi
fi

if [ "$1" = dockerd ]; then
    # A restarted container still has the files of its predecessor.
    rm -f /var/run/docker.pid /var/run/docker/containerd/containerd.pid
    # Under cgroup v2, a group with members cannot hand controllers to children.
    if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        mkdir -p /sys/fs/cgroup/init
        xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null || true
        sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers \
            >/sys/fs/cgroup/cgroup.subtree_control || true
    fi
fi

exec "$@"
