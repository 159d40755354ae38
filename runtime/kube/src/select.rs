//! Which kubeconfig context a task's cluster is. Pure, and never a guess: a task that pushes images must not run on whatever
//! cluster happens to be the current one.

mod recognise;

use std::fmt;

use kube::config::{Kubeconfig, NamedContext};
use windlass_model::plan::Target;
use windlass_model::settings::Settings;
use windlass_model::task::{ClusterKind, ClusterRequest};

/// The namespace of a task when nothing names one.
const DEFAULT_NAMESPACE: &str = "default";

/// What the command line says about clusters; it goes before everything else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Overrides<'a> {
    /// `--context`
    pub context: Option<&'a str>,
    /// `--namespace`
    pub namespace: Option<&'a str>,
}

/// No context was chosen, and how to choose one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct NotSelected {
    /// The cluster as the file asks for it, in words.
    pub asked: String,
    /// Where its pods would stand in it.
    pub namespace: String,
    /// Why none was chosen.
    pub problem: String,
    /// Ways to choose one; each is a sentence, or what to write where.
    pub ways: Vec<String>,
}

/// Chooses the context for a cluster: the command line's, else the mapping's in `windlass.yaml`, else the context that the task file names,
/// else the one context that is plainly that cluster.
///
/// # Errors
/// When none is, when several are, or when the chosen one is not in the kubeconfig.
pub fn select(
    request: &ClusterRequest,
    overrides: Overrides<'_>,
    settings: &Settings,
    kubeconfig: &Kubeconfig,
) -> Result<Target, NotSelected> {
    let mapping = settings.cluster(request);
    let of_mapping = mapping.and_then(|mapping| mapping.namespace.as_deref());
    let namespace = overrides.namespace.or(request.namespace.as_deref()).or(of_mapping);
    let asked = Asked { request, namespace };
    if let Some(context) = overrides.context {
        known(context, Named::CommandLine, &asked, kubeconfig)?;
        return Ok(target(&asked, kubeconfig, None, context));
    }
    if let Some(mapping) = mapping {
        // Another file's contexts are not known here; connecting will tell.
        if mapping.kubeconfig.is_none() {
            known(&mapping.context, Named::Settings, &asked, kubeconfig)?;
        }
        return Ok(target(&asked, kubeconfig, mapping.kubeconfig.clone(), &mapping.context));
    }
    let context = match &request.context {
        Some(context) => {
            known(context, Named::Task, &asked, kubeconfig)?;
            context
        }
        None => the_one(&asked, kubeconfig)?,
    };
    Ok(target(&asked, kubeconfig, None, context))
}

/// The only context that is plainly the cluster.
fn the_one<'a>(asked: &Asked<'_>, kubeconfig: &'a Kubeconfig) -> Result<&'a str, NotSelected> {
    let plainly = |named: &&NamedContext| {
        let cluster = named.context.as_ref().map(|context| context.cluster.as_str());
        recognise::is(asked.request, &named.name) || cluster.is_some_and(|cluster| recognise::is(asked.request, cluster))
    };
    let matching: Vec<&str> = kubeconfig.contexts.iter().filter(plainly).map(|named| named.name.as_str()).collect();
    match matching.as_slice() {
        [one] => Ok(one),
        [] => Err(not_selected(asked, format!("no kubeconfig context is known to be {asked}"), None, kubeconfig)),
        [first, ..] => {
            let problem = format!("{} kubeconfig contexts may be {asked}: {}", matching.len(), matching.join(", "));
            Err(not_selected(asked, problem, Some(first), kubeconfig))
        }
    }
}

/// Who names a context.
#[derive(Clone, Copy)]
enum Named {
    CommandLine,
    Settings,
    Task,
}

/// A context that somebody names has to be there: what is wrong is that name, and no mapping is missing.
fn known(context: &str, by: Named, asked: &Asked<'_>, kubeconfig: &Kubeconfig) -> Result<(), NotSelected> {
    if kubeconfig.contexts.iter().any(|named| named.name == context) {
        return Ok(());
    }
    let this_time = || format!("name one for this run: --context NAME{}", asked.namespace_option());
    let (who, mut ways) = match by {
        Named::CommandLine => ("--context names", Vec::new()),
        Named::Settings => ("windlass.yaml names", vec!["correct it in windlass.yaml".to_owned(), this_time()]),
        Named::Task => {
            let mapping = asked.mapping("CONTEXT");
            let elsewhere = format!("write in windlass.yaml, with the context that it is:\n{mapping}");
            ("the task names", vec!["correct it in the task".to_owned(), elsewhere, this_time()])
        }
    };
    ways.push(contexts(kubeconfig));
    let problem = format!("{who} context `{context}`, which the kubeconfig does not have");
    Err(NotSelected { asked: asked.to_string(), namespace: asked.namespace(), problem, ways })
}

fn target(asked: &Asked<'_>, kubeconfig: &Kubeconfig, file: Option<String>, context: &str) -> Target {
    let named = kubeconfig.contexts.iter().find(|named| named.name == context);
    let of_context = named.and_then(|named| named.context.as_ref()).and_then(|context| context.namespace.as_deref());
    let namespace = asked.namespace.or(of_context).unwrap_or(DEFAULT_NAMESPACE).to_owned();
    Target::Kube { kubeconfig: file, context: context.to_owned(), namespace }
}

fn not_selected(asked: &Asked<'_>, problem: String, example: Option<&str>, kubeconfig: &Kubeconfig) -> NotSelected {
    let first = kubeconfig.contexts.first().map(|named| named.name.as_str());
    let example = example.or(first).unwrap_or("CONTEXT");
    let ways = vec![
        format!("write in windlass.yaml, with the context that it is:\n{}", asked.mapping(example)),
        format!("name it for this run: --context {example}{}", asked.namespace_option()),
        contexts(kubeconfig),
    ];
    NotSelected { asked: asked.to_string(), namespace: asked.namespace(), problem, ways }
}

/// The contexts that can be named.
fn contexts(kubeconfig: &Kubeconfig) -> String {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|named| named.name.as_str()).collect();
    match names.as_slice() {
        [] => {
            "the kubeconfig has no contexts: let your cloud's command line write one, or name another file in KUBECONFIG".into()
        }
        names => format!("the kubeconfig has these contexts: {}", names.join(", ")),
    }
}

/// A cluster as a task file asks for it.
struct Asked<'a> {
    request: &'a ClusterRequest,
    /// As far as it is known without a context.
    namespace: Option<&'a str>,
}

impl Asked<'_> {
    /// What the command line says so that a namespace that only the task names needs no trust.
    fn namespace_option(&self) -> String {
        let of_task = self.request.namespace.as_deref().filter(|named| self.namespace == Some(*named));
        of_task.map(|namespace| format!(" --namespace {namespace}")).unwrap_or_default()
    }

    /// Where its pods would stand.
    fn namespace(&self) -> String {
        self.namespace.unwrap_or(DEFAULT_NAMESPACE).to_owned()
    }

    /// The keys of the task file that name cluster and place, which `windlass.yaml` has too.
    fn keys(&self) -> (&'static str, &'static str) {
        match self.request.kind {
            ClusterKind::Gke => ("cluster_name", "zone"),
            ClusterKind::Eks | ClusterKind::Generic => ("cluster_name", "region"),
            ClusterKind::Oke => ("cluster_id", "region"),
        }
    }

    /// The lines of `windlass.yaml` that would say which context it is.
    fn mapping(&self, context: &str) -> String {
        let (name_key, location_key) = self.keys();
        let name = self.request.name.as_ref().map(|name| (name_key, name.as_str()));
        let location = self.request.location.as_ref().map(|location| (location_key, location.as_str()));
        let kind = name.is_none().then(|| ("kind", kind(self.request.kind)));
        let fields = [kind, name, location, Some(("context", context))];
        let lines: Vec<String> = fields.into_iter().flatten().map(|(key, value)| format!("{key}: {value}")).collect();
        format!("clusters:\n  - {}", lines.join("\n    "))
    }
}

fn kind(kind: ClusterKind) -> &'static str {
    match kind {
        ClusterKind::Gke => "gke",
        ClusterKind::Eks => "eks",
        ClusterKind::Oke => "oke",
        ClusterKind::Generic => "generic",
    }
}

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.request.kind {
            ClusterKind::Gke => "the GKE cluster",
            ClusterKind::Eks => "the EKS cluster",
            ClusterKind::Oke => "the OKE cluster",
            ClusterKind::Generic => "the cluster",
        })?;
        match &self.request.name {
            Some(name) => write!(f, " `{name}`")?,
            None => f.write_str(" of the task")?,
        }
        match &self.request.location {
            Some(location) => write!(f, " in {location}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
