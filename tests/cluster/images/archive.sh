# shellcheck shell=bash
# Sourced: writing image archives, and tars that are the same whenever made.

# root_filesystem DIRECTORY TAR: packs it, owned by root, without times.
root_filesystem() {
    tar --create --file="$2" --directory="$1" --sort=name --mtime=@0 \
        --owner=0 --group=0 --numeric-owner .
}

# docker_archive DIRECTORY IMAGES: turns DIRECTORY/layer.tar into
# DIRECTORY/image.tar, in the format of `docker save`.
#
# IMAGES is a JSON object from image name to the `config` object of that image.
# All share the layer. The format is the older of the two that are understood
# everywhere: pushed from it, an image has a Docker schema 2 manifest, which is
# all that Makisu can read.
docker_archive() {
    local directory=$1 images=$2 diff_id name config id configs=() entries=()
    diff_id=$(sha256sum "$directory/layer.tar" | cut -d' ' -f1) || return 1
    while read -r name; do
        config=$(jq --compact-output --sort-keys --arg name "$name" --arg layer "sha256:$diff_id" \
            --arg architecture "$(dpkg --print-architecture)" '{
                architecture: $architecture, os: "linux", created: "1970-01-01T00:00:00Z",
                config: .[$name],
                rootfs: {type: "layers", diff_ids: [$layer]},
                history: [{created: "1970-01-01T00:00:00Z", created_by: "windlass test image"}]
            }' "$images") || return 1
        id=$(printf %s "$config" | sha256sum | cut -d' ' -f1)
        printf %s "$config" >"$directory/$id.json"
        # Names with equal configurations are names of one image.
        [[ " ${configs[*]} " == *" $id.json "* ]] || configs+=("$id.json")
        entries+=("$(jq --compact-output --null-input --arg config "$id.json" --arg name "$name" \
            '{Config: $config, RepoTags: [$name], Layers: ["layer.tar"]}')")
    done < <(jq -r 'keys[]' "$images")
    printf '%s\n' "${entries[@]}" | jq --compact-output --slurp . >"$directory/manifest.json"
    tar --create --file="$directory/image.tar" --directory="$directory" --owner=0 --group=0 \
        --numeric-owner --mtime=@0 manifest.json "${configs[@]}" layer.tar || return 1
    (cd "$directory" && rm manifest.json "${configs[@]}")
}
