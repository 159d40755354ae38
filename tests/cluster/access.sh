# shellcheck shell=bash disable=SC2154 # Names from settings.sh and the caller.
# Sourced: who may talk to the API server, and the kubeconfigs that say so.

api=https://127.0.0.1:$api_port
secrets=$state/secrets

# write_secrets: the cluster's authority, keys, and a token for everybody.
write_secrets() {
    local user
    rm -rf "$secrets"
    (umask 077 && mkdir -p "$secrets")
    certificate_authority "$secrets" "windlass test cluster"
    server_certificate "$secrets" "$secrets" apiserver "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1"
    (umask 077 && openssl ecparam -genkey -name prime256v1 -noout -out "$secrets/accounts.key")
    for user in admin controllers scheduler node nobody no-exec; do
        (umask 077 && openssl rand -hex 16 >"$secrets/$user.token")
    done
    (umask 077 && cat >"$secrets/tokens.csv") <<CSV
$(<"$secrets/admin.token"),admin,admin,system:masters
$(<"$secrets/controllers.token"),system:kube-controller-manager,controllers
$(<"$secrets/scheduler.token"),system:kube-scheduler,scheduler
$(<"$secrets/node.token"),system:node:$node_name,node,system:nodes
$(<"$secrets/nobody.token"),nobody-user,nobody
$(<"$secrets/no-exec.token"),no-exec-user,no-exec
CSV
}

# kubeconfig FILE USER [NAMESPACE] CONTEXT…: the first context is the current one.
kubeconfig() {
    local file=$1 user=$2 namespace=$3 context
    shift 3
    (umask 077 && cat >"$file") <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: windlass-test
    cluster:
      server: $api
      certificate-authority-data: $(base64 -w0 "$secrets/ca.crt")
users:
  - name: $user
    user: {token: $(<"$secrets/$user.token")}
current-context: $1
contexts:
$(for context in "$@"; do
        printf '  - name: %s\n    context: {cluster: windlass-test, user: %s, namespace: %s}\n' "$context" "$user" "$namespace"
    done)
YAML
}

write_kubeconfigs() {
    local component
    for component in controllers scheduler node; do
        kubeconfig "$secrets/$component.kubeconfig" "$component" default "$component"
    done
    kubeconfig "$state/kubeconfig" admin default windlass-test
    kubeconfig "$state/kubeconfig-cloud" admin default \
        gke_my-project_us-central1-b_cirrus-ci-cluster \
        arn:aws:eks:us-east-2:123456789012:cluster/cirrus-ci-cluster
    kubeconfig "$state/kubeconfig-nobody" nobody default windlass-test
    kubeconfig "$state/kubeconfig-no-exec" no-exec default windlass-test
}

# api_request PATH [CURL ARGUMENT…]: as the administrator. A hundred times cheaper than kubectl.
api_request() {
    local path=$1
    shift
    curl --silent --fail --max-time 5 --cacert "$secrets/ca.crt" \
        --header @<(printf 'Authorization: Bearer %s' "$(<"$secrets/admin.token")") "$@" "$api$path"
}
