//! What the plugin of a step may do, or the refusal.

use windlass_model::plugin::{Grants, PluginInfo, Power, Powers, Requirements, quoted};
use windlass_model::power::{ContainerScope, grant_line};
use windlass_model::scope::Scope;
use windlass_model::settings::{Granted, PluginNames};
use windlass_model::task::Step;

use super::needs::{self, Refused, TaskNames};
use super::refusal::Refusal;
use super::steps::StepsInput;
use super::{PlanError, environment};

/// A plugin that asks for powers in a step.
pub(super) struct Asking<'a> {
    pub(super) input: &'a StepsInput<'a>,
    pub(super) step: &'a Step,
    pub(super) plugin: &'a PluginInfo,
    pub(super) names: &'a PluginNames,
    pub(super) needs: &'a Requirements,
    /// The container that the step is sure to run commands in.
    pub(super) container: Option<&'a str>,
}

/// Asked for and granted, if that is enough for what the step brings.
pub(super) fn of(asking: &Asking<'_>) -> Result<Grants, PlanError> {
    let Asking { input, plugin, names, needs, .. } = *asking;
    let granted = input.plan.platform.granted(names, &plugin.asks);
    let containers: Vec<&str> = input.instance.sidecars.iter().map(|sidecar| sidecar.name.as_str()).collect();
    let shared = environment::text(input.env, "CIRRUS_VOLUME").unwrap_or_else(|| environment::VOLUME.to_owned());
    let task = TaskNames { containers: &containers, shared: &shared };
    needs::judge(needs, &plugin.asks, &granted.powers, &task).map_err(|refused| asking.refused(refused, &granted))?;
    let powers = plugin.asks.meet(&granted.powers);
    asking.in_container(&powers, &granted)?;
    // Also a secret that the task's file does not mention: the command line may have a value for it, or has to be asked for one.
    Ok(Grants { powers, secrets: needs.secrets.clone() })
}

impl Asking<'_> {
    /// A step that is sent to a container must be allowed there.
    fn in_container(&self, powers: &Powers, granted: &Granted) -> Result<(), PlanError> {
        let (Some(container), Some(scope)) = (self.container, &powers.containers) else { return Ok(()) };
        let own = self.needs.containers.iter().any(|required| required.container.name == container);
        if scope.allows(container, own) {
            return Ok(());
        }
        let what = vec![format!("runs commands in container {container} (`containers`), which it was not granted")];
        let asked = self.plugin.asks.containers.as_ref().is_some_and(|scope| scope.allows(container, own));
        if !asked {
            let what = what.into_iter().map(|what| format!("{what}, nor does its manifest ask for it")).collect();
            return Err(self.refused(Refused::Wrong(what), granted));
        }
        let mut wanted = granted.powers.clone();
        let scope = wanted.containers.take().unwrap_or(ContainerScope { own, of_task: Scope::none() });
        let of_task = if own { scope.of_task } else { scope.of_task.including(container) };
        wanted.containers = Some(ContainerScope { own: scope.own || own, of_task });
        Err(self.refused(Refused::Beyond(what, Box::new(wanted)), granted))
    }

    fn refused(&self, refused: Refused, granted: &Granted) -> PlanError {
        let (what, grant) = match refused {
            Refused::Wrong(what) => (what, None),
            Refused::Beyond(what, wanted) => (what, Some(grant_line(&granted.key, &wanted))),
        };
        let missing = self.plugin.asks.list().filter(|power| grant.is_some() && !granted.powers.has(*power));
        let reasons = missing.filter_map(|power| self.reason(power)).collect();
        let remark = (granted.digest_differs && grant.is_some())
            .then(|| format!("settings grant by digest, and the digest of this file, {}, is not among them", self.plugin.digest));
        let refusal = Refusal { plugin: self.plugin.origin(), what, reasons, remark, grant };
        PlanError::Denied {
            task: self.input.name.to_owned(),
            step: self.step.name.clone(),
            line: self.step.line,
            refusal: Box::new(refusal),
        }
    }

    fn reason(&self, power: Power) -> Option<String> {
        self.plugin.reasons.get(&power).map(|reason| format!("its reason for `{power}`: {}", quoted(reason)))
    }
}
