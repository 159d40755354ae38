//! What a plugin's `requirements` answers, held against what it may bring: pure, before anything exists. The plugin host has typed the
//! answer; whether it may be, is judged here and nowhere else.

mod wrong;

use windlass_model::plugin::{PluginKind, Power, Powers, Requirements};
use windlass_model::pod::Process;
use windlass_model::pod_limits::SHARED;
use windlass_model::power::{ContainerScope, HostScope, PathScope, VariableScope};
use windlass_model::scope::Scope;
use windlass_model::secret::SecretName;

pub(super) use wrong::TaskNames;

/// What a step does with its plugin's powers, as far as it is known before the run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use<'a> {
    /// What its plugin is for.
    pub(super) kind: PluginKind,
    /// What its plugin brings.
    pub(super) needs: &'a Requirements,
    /// The container that it is sure to run commands in.
    pub(super) container: Option<&'a str>,
}

/// What a grant keeps back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beyond {
    /// Each as the end of a sentence that begins with the plugin.
    pub(super) what: Vec<String>,
    /// The powers that would do: of what the plugin asks for, no more than was granted and what is missing.
    pub(super) wanted: Powers,
}

impl Use<'_> {
    /// Whether its container is one that its plugin brings.
    fn in_own(&self) -> bool {
        self.needs.containers.iter().any(|required| Some(required.container.name.as_str()) == self.container)
    }

    /// The containers that it brings to build in: they see the working copy through the task's own volume, and leave the image there.
    fn builds_in(&self) -> impl Iterator<Item = &str> {
        let all = self.needs.containers.iter().filter(|_| self.kind == PluginKind::Build).map(|required| &required.container);
        let builds = all.filter(|container| container.process == Process::Supervised);
        builds
            .filter(|container| container.mounts.iter().all(|mount| mount.volume != SHARED))
            .map(|container| container.name.as_str())
    }

    /// The container that it runs commands in, where a scope does not have it.
    fn kept_from(&self, scope: Option<&ContainerScope>) -> Option<&str> {
        self.container.filter(|container| scope.is_some_and(|scope| !scope.allows(container, self.in_own())))
    }
}

/// What nobody can allow, because the plugin itself is wrong: one sentence each.
pub(super) fn wrong(used: &Use<'_>, asks: &Powers, task: &TaskNames<'_>) -> Vec<String> {
    let mut wrong = wrong::of(used.needs, task);
    wrong.extend(beyond(used, asks).into_iter().map(|(_, what)| format!("{what}, beyond what its own manifest asks for")));
    wrong.extend(used.kept_from(asks.containers.as_ref()).map(|container| {
        format!(
            "runs commands in container {container} (`containers`), which it was not granted, nor does its manifest ask for it"
        )
    }));
    wrong
}

/// Judges what a plugin asks for and does in a step by what was granted to it.
pub(super) fn judge(used: &Use<'_>, asks: &Powers, granted: &Powers) -> Option<Beyond> {
    let needs = used.needs;
    let missing: Vec<Power> = asks.list().filter(|power| !granted.has(*power)).collect();
    let lost: Vec<Power> =
        asks.list().filter(|power| granted.has(*power) && lacks(*power, asks, granted, !needs.containers.is_empty())).collect();
    let mut beyond = beyond(used, granted);
    beyond.retain(|(power, _)| granted.has(*power) && !lost.contains(power));
    let met = asks.meet(granted);
    let container = used.kept_from(met.containers.as_ref()).filter(|_| !lost.contains(&Power::Containers));
    if missing.is_empty() && lost.is_empty() && beyond.is_empty() && container.is_none() {
        return None;
    }
    let mut wanted = Powers::default();
    for power in asks.list() {
        // A grant that has nothing of what is asked for is no use to the plugin.
        wanted.take(power, if missing.contains(&power) || lost.contains(&power) { asks } else { granted });
    }
    // Of secrets it gets those that this step opens, not all that it could open.
    if missing.contains(&Power::Secrets) {
        wanted.secrets = Some(Scope::none());
    }
    if let (Some(asked), Some(given)) = (&asks.containers, &granted.containers) {
        wanted.containers = Some(containers(used, asked, given));
    }
    widen(&mut wanted, used);
    let asked = missing.iter().map(|power| format!("asks for `{power}`, which it was not granted"));
    let nothing = lost
        .iter()
        .map(|power| format!("asks for {}, and {} is all that it was granted", asks.word(*power), granted.word(*power)));
    let runs =
        container.map(|container| format!("runs commands in container {container} (`containers`), which it was not granted"));
    Some(Beyond { what: asked.chain(nothing).chain(runs).chain(beyond.into_iter().map(|(_, what)| what)).collect(), wanted })
}

/// Whether a grant of a power has nothing of what is asked for. What a plugin brings and which secrets it opens is known, and judged one by
/// one; of the others something has to be there, or a run ends where the plugin first uses the power.
fn lacks(power: Power, asks: &Powers, granted: &Powers, brings: bool) -> bool {
    fn nothing<T>(asked: Option<&T>, granted: Option<&T>, meet: impl Fn(&T, &T) -> T, is_void: impl Fn(&T) -> bool) -> bool {
        asked.zip(granted).is_some_and(|(asked, granted)| !is_void(asked) && is_void(&meet(asked, granted)))
    }
    let (one, two) = (asks, granted);
    match power {
        Power::Containers => {
            one.containers.as_ref().zip(two.containers.as_ref()).is_some_and(|(asked, granted)| asked.lacks(granted, brings))
        }
        Power::EnvironmentSet => {
            nothing(one.environment_set.as_ref(), two.environment_set.as_ref(), VariableScope::meet, VariableScope::is_void)
        }
        Power::WorkspaceRead => {
            nothing(one.workspace_read.as_ref(), two.workspace_read.as_ref(), PathScope::meet, PathScope::is_void)
        }
        Power::WorkspaceWrite => {
            nothing(one.workspace_write.as_ref(), two.workspace_write.as_ref(), PathScope::meet, PathScope::is_void)
        }
        Power::Http => nothing(one.http.as_ref(), two.http.as_ref(), HostScope::meet, HostScope::is_void),
        Power::Results => nothing(one.results.as_ref(), two.results.as_ref(), Scope::meet, Scope::is_void),
        Power::Pod | Power::Secrets | Power::Registries | Power::Environment | Power::SecretsReveal => false,
    }
}

/// The containers that would do, where some were granted.
fn containers(used: &Use<'_>, asked: &ContainerScope, given: &ContainerScope) -> ContainerScope {
    let brings = !used.needs.containers.is_empty();
    let met = asked.meet(given);
    let all = asked.is_any() && met.is_void();
    let of_task = match asked.of_task.is_void() || !asked.is_any() && met.of_task.is_void() || all {
        true => asked.of_task.clone(),
        false => given.of_task.clone(),
    };
    let of_task = used.container.filter(|_| !used.in_own()).map_or(of_task.clone(), |container| of_task.including(container));
    let own = asked.own && (given.own || all || !asked.is_any() && brings || used.container.is_some() && used.in_own());
    ContainerScope { own, of_task }
}

/// What of needs is beyond powers, each with the power that it takes.
fn beyond(used: &Use<'_>, powers: &Powers) -> Vec<(Power, String)> {
    let (needs, mut found) = (used.needs, Vec::new());
    match &powers.pod {
        Some(limits) => {
            let excess = limits.beyond(needs).into_iter();
            found.extend(excess.map(|excess| {
                (Power::Pod, format!("brings container {}, which {} (`pod: {}`)", excess.container, excess.what, excess.field))
            }));
            let blind = used.builds_in().filter(|_| !limits.shared);
            found.extend(blind.map(|name| {
                (Power::Pod, format!("brings container {name}, which builds from the task's own volume (`pod: {SHARED}`)"))
            }));
        }
        None => {
            let containers = needs.containers.iter().map(|required| format!("brings container {}", required.container.name));
            let volumes = needs.volumes.iter().map(|volume| format!("brings volume {}", volume.name));
            found.extend(containers.chain(volumes).map(|what| (Power::Pod, format!("{what} (`pod`)"))));
        }
    }
    let sets = |name: &str| powers.environment_set.as_ref().is_some_and(|scope| scope.allows(name));
    let variables = needs.env.iter().filter(|variable| !sets(&variable.name));
    found.extend(
        variables.map(|variable| (Power::EnvironmentSet, format!("sets the variable {} (`environment-set`)", variable.name))),
    );
    let opens = |name: &str| powers.secrets.as_ref().is_some_and(|scope| scope.allows(name));
    let secrets = needs.secrets.iter().filter(|name| !opens(name.given().as_str()));
    found.extend(secrets.map(|name| (Power::Secrets, format!("opens the secret {name} (`secrets`)"))));
    found
}

/// Adds the least that allows the needs to powers that are there.
fn widen(powers: &mut Powers, used: &Use<'_>) {
    let needs = used.needs;
    powers.pod = powers.pod.take().map(|limits| limits.with(needs));
    if let Some(limits) = &mut powers.pod {
        limits.shared |= used.builds_in().next().is_some();
    }
    let names = needs.env.iter().map(|variable| variable.name.as_str());
    powers.environment_set = powers.environment_set.take().map(|scope| names.fold(scope, |scope, name| scope.with(name)));
    let names = needs.secrets.iter().map(SecretName::as_str);
    powers.secrets = powers.secrets.take().map(|scope| names.fold(scope, |scope, name| scope.including(name)));
}

#[cfg(test)]
mod tests;
