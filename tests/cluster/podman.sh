# shellcheck shell=bash disable=SC2154 # Names from settings.sh and the caller.
# Sourced: a Podman that shares nothing with the machine's own.

engine=$state/engine
engine_socket=$engine/podman.sock

# A small virtual machine or a container often has no systemd, cannot raise
# limits and mixes cgroup versions; runc copes with that, crun does not.
configure_podman() {
    mkdir -p "$engine/networks"
    echo "$registry_address $registry_name" >"$engine/hosts"
    cat >"$engine/containers.conf" <<TOML
[containers]
default_ulimits = []
base_hosts_file = "$engine/hosts"
dns_servers = ["127.0.0.1"]

[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "$engine/tmp"

[network]
network_backend = "cni"
network_config_dir = "$engine/networks"
TOML
    cat >"$engine/storage.conf" <<TOML
[storage]
driver = "overlay"
graphroot = "$engine/storage"
runroot = "$engine/run"
TOML
    cat >"$engine/registries.conf" <<TOML
unqualified-search-registries = ["docker.io"]

[[registry]]
location = "127.0.0.1:$plain_port"
insecure = true

[[registry]]
location = "$registry_address:$plain_port"
insecure = true
TOML
    # As for pods: nothing but the host's registry can be reached.
    cat >"$engine/networks/podman.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "podman",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "$engine_bridge",
      "isGateway": true,
      "ipMasq": false,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "$engine/addresses",
        "ranges": [[{"subnet": "$engine_network"}]],
        "routes": [{"dst": "$registry_address/32"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

podman_command=(env "CONTAINERS_CONF=$engine/containers.conf" "CONTAINERS_STORAGE_CONF=$engine/storage.conf"
    "CONTAINERS_REGISTRIES_CONF=$engine/registries.conf" podman)

engine_podman() {
    "${podman_command[@]}" "$@"
}

# end_monitors: those that stay for five minutes after a command run by exec.
end_monitors() {
    local process arguments
    for process in /proc/[0-9]*; do
        mapfile -d '' -t arguments 2>/dev/null <"$process/cmdline" || continue
        if [[ ${arguments[0]:-} == */conmon && " ${arguments[*]} " == *" $engine/storage "* ]]; then
            kill -KILL "${process#/proc/}" 2>/dev/null || true
        fi
    done
}

# remove_containers: all of them, whatever killed their engine. Podman removes many at once and refuses one whose network or volumes
# another still uses, so those that are left are asked for again.
remove_containers() {
    local attempt words
    for attempt in 1 2 3 4 5; do
        words=$(engine_podman rm --all --force --depend --time 0 2>&1 >/dev/null) || continue
        return
    done
    echo "error: containers of an earlier engine are left after $attempt attempts: $words" >&2
    return 1
}

engine_answers() {
    [[ $(curl --silent --max-time 2 --unix-socket "$engine_socket" http://engine/_ping) == OK ]]
}

# load_images ARCHIVE…: those that the engine has not got yet.
load_images() {
    local archive mark
    mkdir -p "$engine/storage/loaded"
    for archive in "$@"; do
        mark=$engine/storage/loaded/$(basename "$(dirname "$archive")")
        if [[ ! -f $mark ]]; then
            engine_podman load --quiet --input "$archive" >/dev/null
            # What had these names before has none now.
            engine_podman image prune --force >/dev/null
            touch "$mark"
        fi
    done
}
