//! How the keys of several settings files become one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use windlass_model::cache::StoreLocation;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod::HostAlias;
use windlass_model::settings::{ClusterMapping, EnvironmentSettings, RegistrySettings, Settings};

use super::Layer;

/// Each key, who wins when several files have it, and whether it needs trust when a repository says it. The README shows the same table.
#[cfg(test)]
pub(super) const RULES: [(&str, &str, &str); 20] = [
    ("clusters", "the earlier file's entries are asked first", "each context and namespace; `kubeconfig`"),
    (
        "pods",
        "the earlier file, field by field; of one file, what a mapping says before what it says of all",
        "service account, tolerations, annotations and labels; `policy` judges the rest",
    ),
    ("secrets", "the earlier file, by name", "all but a file inside the project"),
    ("host_aliases", "the earlier file, by host name", "yes"),
    ("registries", "the earlier file, by host", "yes"),
    ("bundles", "the earlier file, by name", "no: its plugins can do what is granted to them"),
    ("vendored", "the first file that has the key", "no: its content is that of the digests in `windlass.lock`"),
    ("generate", "the earlier file, by `file`; its entries come first", "no: its plugins can do what is granted to them"),
    ("images", "the earlier file, by plugin", "no: `policy` judges them"),
    ("environments", "the first file that has the key", "no: `policy` judges them"),
    ("policy", "the strictest of all files", "no: it can only narrow"),
    ("plugins", "what every file allows that speaks of the plugin", "yes, unless it narrows"),
    ("signers", "each file's own", "refused: only the platform says whom to trust"),
    ("pull_policy", "the first file that has the key", "no"),
    ("sidecar_timeout", "the first file that has the key", "no"),
    ("api_patience", "the first file that has the key", "no"),
    ("room_timeout", "the first file that has the key", "no"),
    ("artifacts", "of `store` the earlier file; of sizes the smallest of all files", "`store`, where it counts"),
    (
        "cache",
        "of `store` with its `key`, and of `namespace`, the earlier file; of sizes and times the smallest of all files",
        "yes, where it counts",
    ),
    ("variables", "the earlier file, by name", "no"),
];

/// What several files say together, those that speak first before the others. Paths count from where windlass runs. Grants, signers, sources of
/// secrets and what plugins generate are not in it: [`super::Voices`] looks them up file by file.
pub(super) fn merge<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Settings {
    layers.into_iter().fold(Settings::default(), |earlier, layer| both(earlier, resolved(layer)))
}

/// Every field is named, so that a new one does not compile before it has its rule here and its row above.
fn both(earlier: Settings, later: Settings) -> Settings {
    let Settings {
        clusters,
        pods,
        secrets: _,
        host_aliases,
        registries,
        policy,
        plugins: _,
        signers: _,
        bundles,
        vendored,
        generate: _,
        images,
        environments,
        pull_policy,
        sidecar_timeout,
        api_patience,
        room_timeout,
        artifacts,
        cache,
        variables,
    } = later;
    Settings {
        clusters: [earlier.clusters, clusters].concat(),
        pods: earlier.pods.narrowed(pods),
        secrets: BTreeMap::new(),
        host_aliases: aliases(earlier.host_aliases, host_aliases),
        registries: hosts(earlier.registries, registries),
        policy: earlier.policy.meet(&policy),
        plugins: Vec::new(),
        signers: Vec::new(),
        bundles: names(earlier.bundles, bundles),
        generate: Vec::new(),
        vendored: earlier.vendored.or(vendored),
        images: names(earlier.images, images),
        environments: if earlier.environments == EnvironmentSettings::default() { environments } else { earlier.environments },
        pull_policy: earlier.pull_policy.or(pull_policy),
        sidecar_timeout: earlier.sidecar_timeout.or(sidecar_timeout),
        api_patience: earlier.api_patience.or(api_patience),
        room_timeout: earlier.room_timeout.or(room_timeout),
        artifacts: earlier.artifacts.narrowed(artifacts),
        cache: earlier.cache.narrowed(cache),
        variables: names(earlier.variables, variables),
    }
}

fn names<T>(earlier: BTreeMap<String, T>, later: BTreeMap<String, T>) -> BTreeMap<String, T> {
    let mut all = later;
    all.extend(earlier);
    all
}

/// A host is one host however it is written.
fn hosts(
    earlier: BTreeMap<String, RegistrySettings>,
    later: BTreeMap<String, RegistrySettings>,
) -> BTreeMap<String, RegistrySettings> {
    let known: BTreeSet<String> = earlier.keys().map(|host| host.to_lowercase()).collect();
    let more = later.into_iter().filter(|(host, _)| !known.contains(&host.to_lowercase()));
    more.chain(earlier).collect()
}

/// Host names that an earlier file gives an address keep that address alone.
fn aliases(earlier: Vec<HostAlias>, later: Vec<HostAlias>) -> Vec<HostAlias> {
    let known: BTreeSet<String> = earlier.iter().flat_map(|alias| alias.hostnames.clone()).collect();
    let more = later.into_iter().map(|alias| HostAlias {
        hostnames: alias.hostnames.into_iter().filter(|name| !known.contains(name)).collect(),
        ..alias
    });
    earlier.into_iter().chain(more.filter(|alias| !alias.hostnames.is_empty())).collect()
}

/// What a file says, its paths counted from where windlass runs.
fn resolved(layer: &Layer) -> Settings {
    let mut settings = layer.settings.clone();
    for ClusterMapping { kubeconfig, .. } in &mut settings.clusters {
        resolve(layer.directory(), kubeconfig);
    }
    for RegistrySettings { ca_file, .. } in settings.registries.values_mut() {
        resolve(layer.directory(), ca_file);
    }
    for place in settings.bundles.values_mut() {
        if let PluginReference::File(path) = place {
            *place = PluginReference::file(&layer.directory().join(&*path).to_string_lossy());
        }
    }
    resolve(layer.directory(), &mut settings.vendored);
    // Without a path it is the user's cache directory, wherever the file lies.
    for store in [&mut settings.cache.store, &mut settings.artifacts.store] {
        if let Some(StoreLocation::Directory(path)) = store
            && !path.is_empty()
        {
            *path = layer.directory().join(&*path).to_string_lossy().into_owned();
        }
    }
    settings
}

fn resolve(directory: &Path, path: &mut Option<String>) {
    if let Some(path) = path {
        // Text joined to text; a directory that is not text would have failed to be shown anywhere.
        *path = directory.join(&*path).to_string_lossy().into_owned();
    }
}
