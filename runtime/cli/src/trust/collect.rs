//! What the repository asks for: of its settings what the platform does not say already, and the places that its tasks choose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use windlass_model::cache::StoreLocation;
use windlass_model::plan::Target;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod_fields::PodFields;
use windlass_model::settings::{ClusterMapping, PluginGrant, PodSettings, RegistrySettings, SecretSource, Settings};
use windlass_model::task::Task;

use super::ask::Ask;
use super::files::Leads;
use crate::placement::{Said, Voice, Where};
use crate::settings_file::is_inside;
use crate::voices::{Layer, Voices};

/// What the key of caches is called among secrets. No variable has the name.
pub const CACHE_KEY: &str = "cache.key";

/// Everything that a repository asks for and that needs trust, whatever may come to be used of it.
pub fn asks(voices: &Voices, tasks: &[Task], place: &Where<'_>) -> BTreeSet<Ask> {
    let platform = voices.platform();
    let placements = tasks.iter().filter_map(|task| Some(&task.instance.as_ref()?.placement));
    let targets = placements.filter_map(|placement| Some((place.of(placement).ok()?, place.said_by(placement, &platform))));
    let targets: Vec<(Target, Said)> = targets.collect();
    let mut asks: BTreeSet<Ask> = targets.iter().filter_map(|(target, said)| of_target(target, *said, &platform)).collect();
    let of_tasks: BTreeSet<Target> = targets.into_iter().map(|(target, _)| target).collect();
    if let Some(layer) = &voices.repository {
        asks.extend(of_settings(layer, voices, &platform, &of_tasks));
        asks.extend(of_every_pod(layer, voices, &platform));
    }
    asks
}

/// What it takes to use the place of a task.
pub fn of_target(target: &Target, said: Said, platform: &Settings) -> Option<Ask> {
    let Target::Kube { kubeconfig, context, namespace } = target else { return None };
    let chosen = said.context == Voice::Repository || said.namespace == Voice::Repository;
    // A kubeconfig of the repository's may call any cluster by a name that the platform lists.
    let by_platform = said.context != Voice::Repository || kubeconfig.is_none();
    let listed = by_platform && !platform.policy.contexts.is_any() && platform.policy.allows_place(context, namespace);
    let part = |voice, text: &String| (voice != Voice::CommandLine).then(|| text.clone());
    (chosen && !listed).then(|| Ask::Place {
        kubeconfig: kubeconfig.clone(),
        context: part(said.context, context),
        namespace: part(said.namespace, namespace),
    })
}

fn of_settings(layer: &Layer, voices: &Voices, platform: &Settings, of_tasks: &BTreeSet<Target>) -> Vec<Ask> {
    // Every field is named, so that a new one does not compile before somebody has decided, here and in what a run uses.
    let Settings {
        clusters,
        pods,
        secrets,
        host_aliases: _,
        registries: _,
        plugins,
        // No repository has any.
        signers: _,
        policy: _,
        bundles: _,
        vendored: _,
        // Its plugins can do what is granted to them.
        generate: _,
        images: _,
        environments: _,
        pull_policy: _,
        sidecar_timeout: _,
        api_patience: _,
        room_timeout: _,
        // What of both counts, with what other files say.
        artifacts: _,
        cache: _,
        variables: _,
    } = &layer.settings;
    let directory = layer.directory();
    let known = |name: &String| voices.platform.iter().any(|layer| layer.settings.secrets.contains_key(name));
    let counts = |mapping: &&ClusterMapping| !platform.clusters.iter().any(|earlier| is_for_the_same(earlier, mapping));
    let mut asks: Vec<Ask> =
        clusters.iter().filter(counts).flat_map(|mapping| of_mapping(mapping, directory, platform, of_tasks)).collect();
    let read = secrets.iter().filter(|(name, _)| !known(name));
    asks.extend(read.filter_map(|(name, source)| of_secret(name, source, directory)));
    asks.extend(of_pods(None, pods, &platform.pods.fields));
    asks.extend(clusters.iter().filter_map(|mapping| of_pods(Some(&mapping.context), &mapping.pods, &platform.pods.fields)));
    asks.extend(plugins.iter().filter_map(|grant| {
        let plugin = &grant.plugin.0;
        // What windlass carries gets what it asks for; an entry can only take away.
        let carried = plugin == PluginGrant::BUILT_IN || windlass_assets::PLUGINS.iter().any(|(name, _)| name == plugin);
        let narrows = voices.platform.iter().any(|layer| layer.settings.plugins.iter().any(|known| known.plugin == grant.plugin));
        (!carried && !narrows).then(|| of_grant(grant, layer))
    }));
    asks.extend(of_caches(layer, voices, platform));
    asks.extend(of_artifacts(layer, voices, platform));
    asks
}

/// Where artifacts are kept, if the platform does not say it.
pub fn of_artifacts(layer: &Layer, voices: &Voices, platform: &Settings) -> Option<Ask> {
    let own = layer.settings.artifacts.store.as_ref().filter(|_| platform.artifacts.store.is_none())?;
    let store = voices.settings().artifacts.store?.to_string();
    Some(Ask::Artifacts { leads_to: leads_to(own, layer.directory(), &store), store })
}

/// Where a store's directory is, when that is elsewhere than it is written.
fn leads_to(own: &StoreLocation, directory: &Path, store: &str) -> Option<String> {
    let StoreLocation::Directory(path) = own else { return None };
    let leads = (!path.is_empty()).then(|| Leads::follow(directory, path).path().display().to_string());
    leads.filter(|path| store.strip_prefix("dir:") != Some(path))
}

/// What of the settings for caches counts: where they are, whose they are, when they are deleted, and what tells them from forged ones.
pub fn of_caches(layer: &Layer, voices: &Voices, platform: &Settings) -> Vec<Ask> {
    let directory = layer.directory();
    let (before, all) = (&platform.cache, voices.settings().cache);
    let own = &layer.settings.cache;
    let store = own.store.as_ref().filter(|_| before.store.is_none());
    let named = all.store.as_ref().filter(|_| store.is_some()).map(ToString::to_string);
    let ask = Ask::Caches {
        leads_to: store.and_then(|store| leads_to(store, directory, named.as_deref().unwrap_or_default())),
        store: named,
        namespace: own.namespace.clone().filter(|_| before.namespace.is_none()),
        max_size: all.max_size.filter(|_| all.max_size != before.max_size).map(|size| size.0),
        expire_days: all.expire.filter(|_| all.expire != before.expire).map(|_| all.expire_days()),
    };
    let nothing = Ask::Caches { store: None, leads_to: None, namespace: None, max_size: None, expire_days: None };
    let key = voices.cache_key().filter(|(by, _)| voices.is_repository(by));
    let key = key.and_then(|(_, key)| of_secret(CACHE_KEY, key, directory));
    (ask != nothing).then_some(ask).into_iter().chain(key).collect()
}

/// What the settings say of the pods of every run, wherever they are.
pub(super) fn of_every_pod(layer: &Layer, voices: &Voices, platform: &Settings) -> Vec<Ask> {
    let directory = layer.directory();
    // What is left when the platform has had its say.
    let together = voices.settings();
    let registries = layer.settings.registries.iter().filter_map(|(host, registry)| {
        let counts = together.registries.contains_key(host) && !platform.registries.contains_key(host);
        counts.then(|| of_registry(host, registry, directory))
    });
    let aliases = together.host_aliases.into_iter().filter(|alias| !platform.host_aliases.contains(alias));
    registries.chain(aliases.map(|alias| Ask::HostAlias { ip: alias.ip, hostnames: alias.hostnames })).collect()
}

fn is_for_the_same(one: &ClusterMapping, other: &ClusterMapping) -> bool {
    (one.kind, &one.name, &one.location) == (other.kind, &other.name, &other.location)
}

/// What of settings for pods others act upon, beside where `said` has spoken. The rest keeps to the pods, and policies judge it.
pub(super) fn of_pods(context: Option<&String>, pods: &PodSettings, said: &PodFields) -> Option<Ask> {
    let fields = pods.fields.seen_by_others(said);
    (!fields.is_empty()).then(|| Ask::Pods { context: context.cloned(), fields })
}

/// What it takes to give a plugin its powers.
pub(super) fn of_grant(grant: &PluginGrant, layer: &Layer) -> Ask {
    // The name of a bundle of the repository's own means what it leads to.
    let bundle = grant.plugin.0.split_once('/').and_then(|(bundle, _)| layer.settings.bundles.get(bundle));
    let bundle = bundle.map(PluginReference::place);
    Ask::Grant {
        plugin: grant.plugin.0.clone(),
        powers: grant.powers.in_words().join(", "),
        content: bundle.or_else(|| Leads::follow(layer.directory(), &grant.plugin.0).content()),
    }
}

/// What it takes to use the kubeconfig of a mapping.
pub(super) fn of_kubeconfig(mapping: &ClusterMapping, directory: &Path) -> Option<Ask> {
    let path = mapping.kubeconfig.as_ref()?;
    let leads = Leads::follow(directory, path);
    Some(Ask::Kubeconfig {
        path: directory.join(path).display().to_string(),
        leads_to: leads.path().display().to_string(),
        content: leads.content(),
    })
}

fn of_mapping(mapping: &ClusterMapping, directory: &Path, platform: &Settings, of_tasks: &BTreeSet<Target>) -> Vec<Ask> {
    let path = mapping.kubeconfig.as_ref().map(|path| directory.join(path).display().to_string());
    let mapping_here = ClusterMapping { kubeconfig: path, ..mapping.clone() };
    if crate::places::is_unused(&mapping_here, of_tasks) {
        return of_kubeconfig(mapping, directory).into_iter().collect();
    }
    let target = crate::places::of_mapping(&mapping_here, None);
    let said = Said { context: Voice::Repository, namespace: Voice::Repository };
    of_kubeconfig(mapping, directory).into_iter().chain(of_target(&target, said, platform)).collect()
}

/// Whether a path that a settings file names is one of its own directory, read inside of it. Another one is read where links lead to.
pub fn is_own_file(directory: &Path, path: &str) -> bool {
    is_inside(Path::new(path)) && matches!(Leads::follow(directory, path), Leads::Inside(_))
}

/// Only a file of the project is the repository's own to give.
pub fn of_secret(name: &str, source: &SecretSource, directory: &Path) -> Option<Ask> {
    let secret = name.to_owned();
    match source {
        SecretSource::Env(variable) => Some(Ask::Variable { secret, variable: variable.clone() }),
        SecretSource::File(path) => match Leads::follow(directory, path) {
            Leads::Inside(_) => None,
            Leads::Outside(leads_to) => Some(Ask::File { secret, path: path.clone(), leads_to: leads_to.display().to_string() }),
        },
        SecretSource::Command(argv) => {
            // What is looked up in `PATH` is no file of the project, whatever its name.
            let words = argv.iter().enumerate().filter(|(at, word)| *at > 0 || word.contains('/')).map(|(_, word)| word);
            let (mut files, mut links) = (BTreeMap::new(), BTreeMap::new());
            for word in words {
                let leads = Leads::follow(directory, word);
                match &leads {
                    Leads::Inside(_) => files.extend(leads.content().map(|content| (word.clone(), content))),
                    // Who can change the tree can let such a link lead somewhere else.
                    Leads::Outside(path) if is_inside(Path::new(word)) => {
                        links.insert(word.clone(), path.display().to_string());
                    }
                    Leads::Outside(_) => {}
                }
            }
            Some(Ask::Command { secret, argv: argv.clone(), files, links })
        }
        SecretSource::Kubernetes { namespace, name, key } => {
            Some(Ask::ClusterSecret { secret, namespace: namespace.clone(), name: name.clone(), key: key.clone() })
        }
    }
}

/// What it takes to reach a registry as the settings say.
pub fn of_registry(host: &str, registry: &RegistrySettings, directory: &Path) -> Ask {
    let RegistrySettings { insecure, ca_file, mirrors } = registry;
    Ask::Registry {
        host: host.to_owned(),
        insecure: *insecure,
        ca_file: ca_file.as_ref().map(|path| directory.join(path).display().to_string()),
        content: ca_file.as_ref().and_then(|path| Leads::follow(directory, path).content()),
        mirrors: mirrors.clone(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_config::Source;

    use super::*;

    fn layer(file: &str, text: &str) -> Layer {
        let settings = windlass_config::load_settings(&Source::new(file, text)).expect("settings");
        Layer { file: file.into(), settings, text: text.into() }
    }

    fn asked(platform: &str, repository: &str) -> Vec<String> {
        let repository = layer("windlass.yaml", repository);
        let voices = Voices { platform: vec![layer("/etc/windlass.yaml", platform)], repository: Some(repository.clone()) };
        of_caches(&repository, &voices, &voices.platform()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn where_artifacts_go_needs_trust_unless_the_platform_says_it() {
        let asked = |platform: &str, own: &str| {
            let repository = layer("/p/windlass.yaml", own);
            let voices = Voices { platform: vec![layer("/etc/windlass.yaml", platform)], repository: Some(repository.clone()) };
            of_artifacts(&repository, &voices, &voices.platform()).map(|ask| ask.to_string())
        };
        let to = |store: &str| format!("artifacts: {{store: '{store}'}}");
        for store in ["s3://b/p", "oci://r.corp/a", "dir:/srv/a"] {
            assert_eq!(asked("{}", &to(store)).as_deref(), Some(&*format!("send artifacts to {store}")));
        }
        assert_eq!(asked("{}", "artifacts: {max_size: 1Gi}"), None);
        assert_eq!(asked(&to("s3://corp/ci"), &to("s3://other/ci")), None, "it does not count");
    }

    /// Each field by itself, and nothing of what another file decides anyway.
    #[test]
    fn what_counts_of_the_settings_for_caches_needs_trust() {
        for (own, asks) in [
            ("{store: 's3://b/p'}", "keep caches in s3://b/p"),
            ("{store: 'dir:'}", "keep caches in dir:"),
            ("{namespace: o/r}", "keep caches under the name o/r"),
            ("{max_size: 1Gi}", "keep caches with at most 1Gi"),
            ("{expire: 3d}", "keep caches for 3 days"),
        ] {
            let [asked] = &asked("{}", &format!("cache: {own}"))[..] else { panic!("one thing is asked for: {own}") };
            assert!(asked.starts_with(asks.split(" 1Gi").next().unwrap_or_default()), "{own}: {asked}");
        }
        let key = asked("{}", "cache: {key: {env: KEY}}");
        assert_eq!(key, ["read the environment variable KEY of this machine, for the secret cache.key"]);
        let platform = "cache: {store: 's3://corp/ci', namespace: corp, max_size: 1Gi, expire: 3d}";
        let later = "cache: {store: 'dir:/home', namespace: other, max_size: 2Gi, expire: 30d, key: {command: [sh]}}";
        assert_eq!(asked(platform, later), [""; 0], "nothing of it counts");
        assert_eq!(asked(platform, "cache: {expire: 1d}"), ["keep caches for one day"], "it deletes what others have stored");
        assert_eq!(asked("{}", "{}"), [""; 0]);
    }
}
