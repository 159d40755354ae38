# shellcheck shell=bash disable=SC2154 # Names from settings.sh and the caller.
# Sourced: containerd and the kubelet, which make this machine the cluster's one node.

containerd_socket=$state/containerd.sock

ctr_node() {
    ctr --address "$containerd_socket" --namespace k8s.io "$@"
}

# The network of the pods is a bridge. Without a default route, what tries to
# leave fails at once instead of after a time-out.
configure_network() {
    mkdir -p "$state/cni"
    cat >"$state/cni/10-pods.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "$pod_bridge",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "$pod_bridge",
      "isGateway": true,
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "dataDir": "$state/addresses",
        "ranges": [[{"subnet": "$pod_network"}]],
        "routes": [{"dst": "$registry_address/32"}]
      }
    }
  ]
}
JSON
}

# The node pulls from the test registry what names the real one: that it finds its
# address and its certificate here leaves the host's own /etc as it is. The other
# registry speaks plain HTTP.
configure_registries() {
    mkdir -p "$state/registries/$registry_address:$plain_port"
    cat >"$state/registries/$registry_address:$plain_port/hosts.toml" <<TOML
[host."http://$registry_address:$plain_port"]
capabilities = ["pull", "resolve"]
TOML
    mkdir -p "$state/registries/$registry_name"
    cat >"$state/registries/$registry_name/hosts.toml" <<TOML
[host."https://$registry_address"]
capabilities = ["pull", "resolve"]
ca = "$state/registry/ca.crt"
TOML
}

# Negative OOM scores and AppArmor need more than a container or a small virtual
# machine has. Network namespaces below the state directory are easy to find
# again when clearing up.
start_containerd() {
    configure_network
    configure_registries
    cat >"$state/containerd.toml" <<TOML
version = 2
root = "$state/containerd"
state = "$state/containerd-run"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
address = "$containerd_socket"

[plugins."io.containerd.internal.v1.opt"]
path = "$state/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
disable_apparmor = true
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
sandbox_image = "windlass.test/pause:latest"

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "$state/registries"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
Root = "$state/containerd-run/runc"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$state/cni"
TOML
    start containerd containerd --config "$state/containerd.toml"
    wait_until containerd "containerd's answer" ctr_node version
}

# import_images ARCHIVE…: those that the node has not got yet.
import_images() {
    local archive mark
    mkdir -p "$state/containerd/imported"
    for archive in "$@"; do
        mark=$state/containerd/imported/$(basename "$(dirname "$archive")")
        if [[ ! -f $mark ]]; then
            ctr_node images import "$archive" >/dev/null
            touch "$mark"
        fi
    done
}

start_kubelet() {
    create_groups
    # Nobody answers there, and at once. An empty file would mean the host's own.
    echo "nameserver 127.0.0.1" >"$state/resolv.conf"
    cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $kubelet_port
healthzPort: 0
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$containerd_socket
cgroupDriver: cgroupfs
failCgroupV1: false
cgroupRoot: /$group
failSwapOn: false
enforceNodeAllocatable: []
evictionHard: {memory.available: 100Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
imageGCHighThresholdPercent: 100
makeIPTablesUtilChains: false
podLogsDir: $state/pod-logs
resolvConf: $state/resolv.conf
volumePluginDir: $state/kubelet/volume-plugins
serializeImagePulls: false
YAML
    # A loopback address as --node-ip is refused. With a cloud provider that does
    # not exist, the kubelet leaves the addresses to others; see settle_node.
    start kubelet "$components/kubelet" --config="$state/kubelet.yaml" \
        --kubeconfig="$secrets/node.kubeconfig" --hostname-override="$node_name" \
        --root-dir="$state/kubelet" --cert-dir="$state/kubelet/pki" --cloud-provider=external
}

node_registered() {
    api_request "/api/v1/nodes/$node_name"
}

# settle_node: what a cloud's controller does for a node that registered.
settle_node() {
    api_request "/api/v1/nodes/$node_name/status" --output /dev/null --request PATCH \
        --header "Content-Type: application/strategic-merge-patch+json" \
        --data '{"status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}}'
    api_request "/api/v1/nodes/$node_name" --output /dev/null --request PATCH \
        --header "Content-Type: application/merge-patch+json" --data '{"spec": {"taints": null}}'
}

node_ready() {
    node_registered | jq --exit-status \
        '.spec.taints == null and any(.status.conditions[]; .type == "Ready" and .status == "True")' >/dev/null
}
