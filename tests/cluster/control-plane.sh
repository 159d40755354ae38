# shellcheck shell=bash disable=SC2154,SC2034 # Names from settings.sh and for the caller.
# Sourced: etcd, the API server, and the two loops that make a cluster of it.

control_plane=(etcd kube-apiserver kube-controller-manager kube-scheduler)

start_etcd() {
    rm -rf "$state/etcd"
    start etcd etcd --data-dir "$state/etcd" --name "$node_name" --log-level warn \
        --listen-client-urls "http://127.0.0.1:$etcd_port" \
        --advertise-client-urls "http://127.0.0.1:$etcd_port" \
        --listen-peer-urls "http://127.0.0.1:$etcd_peer_port" \
        --initial-advertise-peer-urls "http://127.0.0.1:$etcd_peer_port" \
        --initial-cluster "$node_name=http://127.0.0.1:$etcd_peer_port"
}

# The API server finds the kubelet by the node's address, not by its name; and
# nobody needs the address of the API server inside the cluster.
start_apiserver() {
    start kube-apiserver "$components/kube-apiserver" \
        --bind-address=127.0.0.1 --secure-port="$api_port" --advertise-address=127.0.0.1 \
        --endpoint-reconciler-type=none --service-cluster-ip-range=10.96.0.0/24 \
        --etcd-servers="http://127.0.0.1:$etcd_port" \
        --tls-cert-file="$secrets/apiserver.crt" --tls-private-key-file="$secrets/apiserver.key" \
        --token-auth-file="$secrets/tokens.csv" --authorization-mode=Node,RBAC \
        --service-account-issuer="$api" \
        --service-account-key-file="$secrets/accounts.key" \
        --service-account-signing-key-file="$secrets/accounts.key" \
        --kubelet-preferred-address-types=InternalIP \
        --allow-privileged=true --profiling=false
}

start_loops() {
    start kube-controller-manager "$components/kube-controller-manager" \
        --kubeconfig="$secrets/controllers.kubeconfig" --bind-address=127.0.0.1 --secure-port=11257 \
        --cert-dir="$state/controllers" --leader-elect=false --use-service-account-credentials \
        --service-account-private-key-file="$secrets/accounts.key" --root-ca-file="$secrets/ca.crt"
    start kube-scheduler "$components/kube-scheduler" \
        --kubeconfig="$secrets/scheduler.kubeconfig" --bind-address=127.0.0.1 --secure-port=11259 \
        --cert-dir="$state/scheduler" --leader-elect=false
}
