//! One run of a plugin in a scripted pod: `requirements`, the work, and the cleanup, each in an instance of its own, as in a real run.

use std::collections::BTreeSet;
use std::sync::Arc;

use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_model::digest::Digest;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{
    BuildHints, BuiltImage, Grants, ImageLocation, PluginInfo, PluginKind, Power, Powers, Requirements,
};
use windlass_model::pod::{MAIN, Process};
use windlass_plugin_host::Tried;

use crate::case::{Built, Case, Location};
use crate::pod::{At, Interruption, Manner, Pod};
use crate::subject::Subject;

/// How a case is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub(crate) manner: Manner,
    /// When it is interrupted.
    pub(crate) at: At,
    /// A power that is refused to it, when it does its work and when it cleans up.
    pub(crate) refused: Refused,
}

/// What is refused to a plugin of what the case grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Nothing,
    One(Power),
    /// Everything, in the cleanup alone.
    AllInCleanup,
}

/// A run that can begin.
pub(crate) struct Attempt<'a> {
    subject: &'a Subject,
    call: PluginCall,
    input: StepInput,
    how: How,
    pub(crate) pod: Arc<Pod>,
}

/// How the work ended.
pub(crate) enum End {
    Returned(Result<StepResult, PluginError>),
    /// It trapped where it was to.
    Interrupted,
}

impl<'a> Attempt<'a> {
    /// Asks for the requirements of a case. They are `Err` where the plugin refuses the request: then there is nothing to run.
    pub(crate) async fn prepare(
        subject: &'a Subject,
        case: &Case,
        how: How,
    ) -> (Result<Requirements, PluginError>, Option<Self>) {
        let hints = hints(subject, case);
        let needs = requirements(subject, case).await;
        let Some(found) = needs.as_ref().ok().cloned() else { return (needs, None) };
        let supervised = |process: &Process| *process == Process::Supervised;
        let containers = found.containers.iter().map(|required| &required.container);
        let brought: Vec<String> = containers.filter(|c| supervised(&c.process)).map(|c| c.name.clone()).collect();
        let own: BTreeSet<String> = found.containers.iter().map(|required| required.container.name.clone()).collect();
        let pod = Pod::new(case, &brought, how.manner, Interruption::at(how.at));
        // A case that is to be exact gives the secrets itself.
        let pod = if how.manner == Manner::Exact { pod } else { pod.with_secrets(&found.secrets) };
        let container = case.container.clone().unwrap_or_else(|| MAIN.to_owned());
        let plugin = subject.info.clone().in_container(&container);
        let powers = powers(&plugin, case, how.refused);
        let call = PluginCall {
            plugin,
            request: case.with.clone(),
            container,
            grants: Grants { powers, secrets: found.secrets.clone(), files: Vec::new(), signers: Vec::new() },
            own_containers: own,
            build: hints,
        };
        let input = StepInput { built: case.images.iter().map(given).collect() };
        let attempt = Self { subject, call, input, how, pod: Arc::new(pod) };
        (needs, Some(attempt))
    }

    /// Does the work.
    pub(crate) async fn work(&self) -> End {
        let tried = Tried::default();
        let backend = Arc::clone(&self.pod) as Arc<_>;
        tokio::select! {
            biased;
            // The instance goes with the call that it is in, as it does when it traps there.
            () = self.pod.trap_is_due() => End::Interrupted,
            done = self.subject.host.work(&self.call, self.input.clone(), backend, &tried) => End::Returned(done),
        }
    }

    /// Cleans up.
    pub(crate) async fn clean_up(&self) -> Result<(), PluginError> {
        self.pod.begin_cleanup();
        let mut call = self.call.clone();
        if self.how.refused == Refused::AllInCleanup {
            call.grants = Grants::default();
        }
        self.subject.host.clean_up(&call, Arc::clone(&self.pod) as Arc<_>, &Tried::default()).await
    }
}

/// What a plugin may do: what the case grants of what it asks for, without what is refused.
pub(crate) fn powers(plugin: &PluginInfo, case: &Case, refused: Refused) -> Powers {
    let asks = &plugin.asks;
    let mut powers = case.granted().map_or_else(|| asks.clone(), |granted| asks.meet(granted));
    if let Refused::One(power) = refused {
        powers.take(power, &Powers::default());
    }
    powers
}

/// What `requirements` answers to a case.
async fn requirements(subject: &Subject, case: &Case) -> Result<Requirements, PluginError> {
    let hints = hints(subject, case);
    subject.host.requirements_watched(&subject.info, &case.with, hints.as_ref(), &Tried::default()).await
}

/// What a planner would know of a build.
fn hints(subject: &Subject, case: &Case) -> Option<BuildHints> {
    if subject.info.kind != PluginKind::Build {
        return None;
    }
    let text = |key: &str| case.with.get(key).and_then(serde_json::Value::as_str);
    let context = text("context").unwrap_or(".").trim_start_matches("./").trim_end_matches('/');
    let dockerfile = text("dockerfile").unwrap_or("Dockerfile");
    let path = if matches!(context, "" | ".") { dockerfile.to_owned() } else { format!("{context}/{dockerfile}") };
    Some(BuildHints { dockerfile: case.workspace.get(&path).cloned(), push: case.next_step_pushes })
}

/// An image that the case says is there. What is a pattern in what is expected is taken as it is here.
fn given(image: &Built) -> BuiltImage {
    BuiltImage {
        location: match &image.location {
            Location::Daemon(reference) => ImageLocation::Daemon { reference: reference.0.clone() },
            Location::Layout(path) => ImageLocation::Layout { path: path.0.clone() },
            Location::Pushed => ImageLocation::Pushed,
        },
        references: image.references.clone(),
        digest: image.digest.clone().or_else(|| match image.location {
            // Nothing that was pushed is without one.
            Location::Pushed => Some(Digest::from_sha256([0; 32])),
            _ => None,
        }),
    }
}
