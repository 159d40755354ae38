//! What a plugin's `requirements` answers, held against what it may bring: pure, before anything exists. The plugin host has typed the
//! answer; whether it may be, is judged here and nowhere else.

mod wrong;

use windlass_model::plugin::{Power, Powers, Requirements};
use windlass_model::scope::Scope;
use windlass_model::secret::SecretName;

pub(super) use wrong::TaskNames;

/// Why needs are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// Nobody can allow it: the plugin itself is wrong. One sentence each.
    Wrong(Vec<String>),
    /// Settings could allow it. One sentence each, and the powers that would do.
    Beyond(Vec<String>, Box<Powers>),
}

/// Judges needs, and what the plugin asks for, by its manifest and by what the settings grant.
pub(super) fn judge(needs: &Requirements, asks: &Powers, granted: &Powers, task: &TaskNames<'_>) -> Result<(), Refused> {
    let mut wrong = wrong::of(needs, task);
    wrong.extend(beyond(needs, asks).into_iter().map(|(_, what)| format!("{what}, beyond what its own manifest asks for")));
    if !wrong.is_empty() {
        return Err(Refused::Wrong(wrong));
    }
    let missing: Vec<Power> = asks.list().filter(|power| !granted.has(*power)).collect();
    let mut beyond = beyond(needs, granted);
    beyond.retain(|(power, _)| granted.has(*power));
    if missing.is_empty() && beyond.is_empty() {
        return Ok(());
    }
    let mut wanted = granted.clone();
    missing.iter().for_each(|power| wanted.take(*power, asks));
    // Of secrets it gets those that this step opens, not all that it could open.
    if missing.contains(&Power::Secrets) && !needs.secrets.is_empty() {
        wanted.secrets = Some(Scope::none());
    }
    widen(&mut wanted, needs);
    let asked = missing.iter().map(|power| format!("asks for `{power}`, which it was not granted"));
    Err(Refused::Beyond(asked.chain(beyond.into_iter().map(|(_, what)| what)).collect(), Box::new(wanted)))
}

/// What of needs is beyond powers, each with the power that it takes.
fn beyond(needs: &Requirements, powers: &Powers) -> Vec<(Power, String)> {
    let mut found = Vec::new();
    match &powers.pod {
        Some(limits) => {
            let excess = limits.beyond(needs).into_iter();
            found.extend(excess.map(|excess| {
                (Power::Pod, format!("brings container {}, which {} (`pod: {}`)", excess.container, excess.what, excess.field))
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
fn widen(powers: &mut Powers, needs: &Requirements) {
    powers.pod = powers.pod.take().map(|limits| limits.with(needs));
    let names = needs.env.iter().map(|variable| variable.name.as_str());
    powers.environment_set = powers.environment_set.take().map(|scope| names.fold(scope, |scope, name| scope.with(name)));
    let names = needs.secrets.iter().map(SecretName::as_str);
    powers.secrets = powers.secrets.take().map(|scope| names.fold(scope, |scope, name| scope.including(name)));
}

#[cfg(test)]
mod tests;
