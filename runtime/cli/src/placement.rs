//! Where a task runs: on which cluster and in which namespace, or on this machine's container engine. Pure.

use windlass_kube::select::{NotSelected, Overrides, select};
use windlass_kube::{Kubeconfig, describe_kubeconfig};
use windlass_model::plan::Target;
use windlass_model::settings::{ClusterMapping, Settings};
use windlass_model::task::{ClusterKind, ClusterRequest, Placement};

use crate::args::{On, TargetOptions};
use crate::failure::Failure;

/// Who chose something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The person at the keyboard.
    CommandLine,
    /// The platform's settings, or the user's kubeconfig.
    Platform,
    /// `windlass.yaml` of the repository, or the task file.
    Repository,
}

/// Who chose a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Who chose the context.
    pub context: Voice,
    /// Who chose the namespace.
    pub namespace: Voice,
}

/// What decides where tasks run, besides the tasks themselves.
#[derive(Debug, Clone, Copy)]
pub struct Where<'a> {
    options: &'a TargetOptions,
    settings: &'a Settings,
    /// `None` on a machine without any.
    kubeconfig: Option<&'a Kubeconfig>,
}

impl<'a> Where<'a> {
    /// Takes what is known.
    ///
    /// # Errors
    /// When the options contradict each other, or name a context that there is not.
    pub fn new(options: &'a TargetOptions, settings: &'a Settings, kubeconfig: Option<&'a Kubeconfig>) -> Result<Self, Failure> {
        let of_a_cluster = options.context.is_some() || options.namespace.is_some();
        if options.on == Some(On::Engine) && of_a_cluster {
            return Err(Failure::usage(
                "--on engine runs on this machine, which has no contexts and namespaces",
                "leave out --on engine, or --context and --namespace",
            ));
        }
        if let Some(context) = &options.context {
            has(kubeconfig, context)?;
        }
        Ok(Self { options, settings, kubeconfig })
    }

    /// Where a task runs. `--on` and `--context` go first, then the mapping in `windlass.yaml`, then the one context that is
    /// plainly the cluster. What asks for no cluster runs on the container engine, and so does everything on a machine
    /// without a kubeconfig.
    ///
    /// # Errors
    /// When the cluster is not known, with the ways to make it known.
    pub fn of(&self, placement: &Placement) -> Result<Target, Box<NotSelected>> {
        match (placement, self.options.on) {
            (_, Some(On::Engine)) => Ok(Target::Engine),
            (Placement::Engine, None) if self.options.context.is_none() => Ok(Target::Engine),
            (Placement::Engine, _) => self.on_cluster(&any_cluster()),
            (Placement::Cluster(request), on) => {
                let nobody_knows_clusters = self.kubeconfig.is_none() && self.settings.cluster(request).is_none();
                if on.is_none() && self.options.context.is_none() && nobody_knows_clusters {
                    Ok(Target::Engine)
                } else {
                    self.on_cluster(request)
                }
            }
        }
    }

    /// Who chose that place. What nobody chose is the user's own: the kubeconfig says it.
    pub fn said_by(&self, placement: &Placement, platform: &Settings) -> Said {
        let any = any_cluster();
        let request = match placement {
            Placement::Cluster(request) => request,
            Placement::Engine => &any,
        };
        let by_platform = platform.cluster(request);
        let mapping = self.settings.cluster(request);
        let context = if self.options.context.is_some() {
            Voice::CommandLine
        } else if by_platform.is_some() {
            Voice::Platform
        } else if mapping.is_none() && request.name.is_none() && request.context.is_none() && self.options.on == Some(On::Kube) {
            Voice::CommandLine
        } else {
            Voice::Repository
        };
        let of_mapping = mapping.is_some_and(|mapping| mapping.namespace.is_some());
        let namespace = if self.options.namespace.is_some() {
            Voice::CommandLine
        } else if request.namespace.is_some() || (of_mapping && by_platform.is_none()) {
            Voice::Repository
        } else {
            Voice::Platform
        };
        Said { context, namespace }
    }

    /// The mapping that decides where a task runs, when one does.
    pub fn leading_mapping(&self, placement: &Placement) -> Option<&'a ClusterMapping> {
        if self.options.on == Some(On::Engine) || self.options.context.is_some() {
            return None;
        }
        match placement {
            Placement::Cluster(request) => self.settings.cluster(request),
            Placement::Engine => self.options.on.and_then(|_| self.settings.cluster(&any_cluster())),
        }
    }

    /// The mapping whose pods a task's are: the one that led there, else one that leads to the same place. Who types a context means what is said of
    /// it.
    pub fn mapping(&self, placement: &Placement, target: &Target) -> Option<&'a ClusterMapping> {
        let Target::Kube { kubeconfig, context, namespace } = target else { return None };
        let here = |mapping: &&ClusterMapping| mapping.context == *context && mapping.kubeconfig == *kubeconfig;
        let asked = match placement {
            Placement::Cluster(request) => self.settings.cluster(request),
            Placement::Engine => None,
        };
        let all = || self.settings.clusters.iter().filter(here);
        let of_namespace = || all().find(|mapping| mapping.namespace.as_ref() == Some(namespace));
        asked.filter(here).or_else(of_namespace).or_else(|| all().next())
    }

    fn on_cluster(&self, request: &ClusterRequest) -> Result<Target, Box<NotSelected>> {
        let none = Kubeconfig::default();
        let kubeconfig = self.kubeconfig.unwrap_or(&none);
        // Only somebody who typed `--on kube` means the current context, and only for what names no cluster.
        let names_none = request.name.is_none() && request.context.is_none() && self.settings.cluster(request).is_none();
        let current = if names_none && self.options.on == Some(On::Kube) { kubeconfig.current_context.as_deref() } else { None };
        let overrides =
            Overrides { context: self.options.context.as_deref().or(current), namespace: self.options.namespace.as_deref() };
        select(request, overrides, self.settings, kubeconfig).map_err(|mut error| {
            if kubeconfig.contexts.is_empty() {
                error.ways.push(format!("no contexts were found in the {}", describe_kubeconfig(None)));
            }
            Box::new(error)
        })
    }
}

/// Refuses the name of a context that the usual kubeconfig does not have: no file and no mapping would make it one.
fn has(kubeconfig: Option<&Kubeconfig>, context: &str) -> Result<(), Failure> {
    let known: Vec<&str> = kubeconfig.iter().flat_map(|file| &file.contexts).map(|named| named.name.as_str()).collect();
    if known.contains(&context) {
        return Ok(());
    }
    let message = format!("--context names `{context}`, which the {} does not have", describe_kubeconfig(None));
    let help = match (kubeconfig, known.as_slice()) {
        (None, _) => {
            "there is no such file: let your cloud's command line write it, or name another one in KUBECONFIG".to_owned()
        }
        (Some(_), []) => {
            "it has no contexts at all: let your cloud's command line write one, or name another file in KUBECONFIG".to_owned()
        }
        (Some(_), known) => format!("it has the contexts {}", known.join(", ")),
    };
    Err(Failure::usage(message, help))
}

/// What asks for a cluster and says nothing of which.
pub fn any_cluster() -> ClusterRequest {
    ClusterRequest { kind: ClusterKind::Generic, name: None, location: None, context: None, namespace: None }
}

#[cfg(test)]
mod tests;
