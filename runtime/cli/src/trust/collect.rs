//! What the repository asks for: of its settings what the platform does not say already, and the places that its tasks choose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use windlass_model::plan::Target;
use windlass_model::pod_fields::PodFields;
use windlass_model::settings::{ClusterMapping, PodSettings, RegistrySettings, SecretSource, Settings};
use windlass_model::task::{SecretRequest, Task};

use super::ask::Ask;
use super::files::Leads;
use crate::placement::{Said, Voice, Where};
use crate::settings_file::is_inside;
use crate::voices::{Layer, Voices};

/// What the trust is for.
#[derive(Debug, Clone)]
pub enum Doing<'a> {
    /// Anything that the project may lead to.
    Anything,
    /// One run.
    Run {
        /// The tasks that run.
        tasks: Vec<&'a Task>,
        /// The names of secrets and variables whose values the command line gives.
        typed: BTreeSet<String>,
    },
}

impl Doing<'_> {
    /// Whether it takes a mapping of a cluster.
    fn reaches(&self, mapping: &ClusterMapping, place: &Where<'_>) -> bool {
        let Self::Run { tasks, .. } = self else { return true };
        let mut placements = tasks.iter().filter_map(|task| Some(&task.instance.as_ref()?.placement));
        placements.any(|placement| place.leading_mapping(placement).is_some_and(|used| is_for_the_same(used, mapping)))
    }

    /// Whether it may take the value that the settings name for a secret: not when the command line gives it to all who ask for it.
    fn reads(&self, name: &str, source: &SecretSource, settings: &Settings) -> bool {
        let Self::Run { tasks, typed } = self else { return true };
        let of_it = |request: &&SecretRequest| settings.secret(request).is_some_and(|found| std::ptr::eq(found, source));
        let mut requests = tasks.iter().flat_map(|task| &task.secrets).filter(of_it).peekable();
        match requests.peek() {
            Some(_) => requests.any(|request| !typed.contains(request.name.as_str())),
            None => !typed.contains(name),
        }
    }
}

/// Everything that a repository asks for and that needs trust.
pub fn asks(voices: &Voices, tasks: &[Task], place: &Where<'_>, doing: &Doing<'_>) -> BTreeSet<Ask> {
    let platform = voices.platform();
    let all = || tasks.iter().collect();
    let tasks: Vec<&Task> = if let Doing::Run { tasks, .. } = doing { tasks.clone() } else { all() };
    let placements = tasks.iter().filter_map(|task| Some(&task.instance.as_ref()?.placement));
    let targets = placements.filter_map(|placement| Some((place.of(placement).ok()?, place.said_by(placement, &platform))));
    let mut asks: BTreeSet<Ask> = targets.filter_map(|(target, said)| of_target(&target, said, &platform)).collect();
    if let Some(layer) = &voices.repository {
        asks.extend(of_settings(layer, voices, &platform, place, doing));
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

fn of_settings(layer: &Layer, voices: &Voices, platform: &Settings, place: &Where<'_>, doing: &Doing<'_>) -> Vec<Ask> {
    // Every field is named, so that a new one does not compile before somebody has decided.
    let Settings {
        clusters,
        pods,
        secrets,
        host_aliases: _,
        registries,
        plugins,
        policy: _,
        images: _,
        environments: _,
        pull_policy: _,
        sidecar_timeout: _,
        api_patience: _,
        room_timeout: _,
        variables: _,
    } = &layer.settings;
    let directory = layer.directory();
    let known = |name: &String| voices.platform.iter().any(|layer| layer.settings.secrets.contains_key(name));
    let reached = |mapping: &&ClusterMapping| {
        !platform.clusters.iter().any(|earlier| is_for_the_same(earlier, mapping)) && doing.reaches(mapping, place)
    };
    let of_mappings = clusters.iter().filter(reached).flat_map(|mapping| of_mapping(mapping, directory, platform));
    // The places of a run are those of its tasks.
    let counts = |ask: &Ask| matches!(doing, Doing::Anything) || !matches!(ask, Ask::Place { .. });
    let mut asks: Vec<Ask> = of_mappings.filter(counts).collect();
    let read = secrets.iter().filter(|(name, source)| !known(name) && doing.reads(name, source, &layer.settings));
    asks.extend(read.filter_map(|(name, source)| of_secret(name, source, directory)));
    asks.extend(of_pods(None, pods, &platform.pods.fields));
    asks.extend(clusters.iter().filter_map(|mapping| of_pods(Some(&mapping.context), &mapping.pods, &platform.pods.fields)));
    asks.extend(plugins.iter().filter_map(|grant| {
        let plugin = &grant.plugin.0;
        // What windlass carries gets what it asks for; an entry can only take away.
        let carried = plugin == "built-in" || windlass_assets::PLUGINS.iter().any(|(name, _)| name == plugin);
        let narrows = voices.platform.iter().any(|layer| layer.settings.plugins.iter().any(|known| known.plugin == grant.plugin));
        (!carried && !narrows).then(|| Ask::Grant {
            plugin: plugin.clone(),
            powers: grant.powers.in_words().join(", "),
            content: Leads::follow(directory, plugin).content(),
        })
    }));
    // Of these two, what is left when the platform has had its say.
    let together = voices.settings();
    asks.extend(registries.iter().filter_map(|(host, registry)| {
        let counts = together.registries.contains_key(host) && !platform.registries.contains_key(host);
        counts.then(|| of_registry(host, registry, directory))
    }));
    asks.extend(
        together
            .host_aliases
            .into_iter()
            .filter(|alias| !platform.host_aliases.contains(alias))
            .map(|alias| Ask::HostAlias { ip: alias.ip, hostnames: alias.hostnames }),
    );
    asks
}

fn is_for_the_same(one: &ClusterMapping, other: &ClusterMapping) -> bool {
    (one.kind, &one.name, &one.location) == (other.kind, &other.name, &other.location)
}

/// What of settings for pods others act upon. The rest keeps to the pods, and policies judge it.
fn of_pods(context: Option<&String>, pods: &PodSettings, said: &PodFields) -> Option<Ask> {
    let fields = pods.fields.seen_by_others(said);
    (!fields.is_empty()).then(|| Ask::Pods { context: context.cloned(), fields })
}

fn of_mapping(mapping: &ClusterMapping, directory: &Path, platform: &Settings) -> Vec<Ask> {
    let file =
        mapping.kubeconfig.as_ref().map(|path| (directory.join(path).display().to_string(), Leads::follow(directory, path)));
    let mapping = ClusterMapping { kubeconfig: file.as_ref().map(|(path, _)| path.clone()), ..mapping.clone() };
    let target = crate::places::of_mapping(&mapping, None);
    let said = Said { context: Voice::Repository, namespace: Voice::Repository };
    let kubeconfig = file.map(|(path, leads)| Ask::Kubeconfig {
        path,
        leads_to: leads.path().display().to_string(),
        content: leads.content(),
    });
    kubeconfig.into_iter().chain(of_target(&target, said, platform)).collect()
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

fn of_registry(host: &str, registry: &RegistrySettings, directory: &Path) -> Ask {
    let RegistrySettings { insecure, ca_file, mirrors } = registry;
    Ask::Registry {
        host: host.to_owned(),
        insecure: *insecure,
        ca_file: ca_file.as_ref().map(|path| directory.join(path).display().to_string()),
        content: ca_file.as_ref().and_then(|path| Leads::follow(directory, path).content()),
        mirrors: mirrors.clone(),
    }
}
