//! Plugins and containers that settings name and that are not there: one letter wrong, and what was meant has no effect.

use std::path::Path;

use windlass_config::{Code, Severity};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _};
use windlass_model::nearest::nearest;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod::MAIN;
use windlass_model::power::ContainerScope;
use windlass_model::settings::PluginGrant;
use windlass_model::task::{Action, Task};

use crate::failure;
use crate::plugins::Plugins;
use crate::plugins::bundled::not_there;
use crate::problems::Wrong;
use crate::voices::Layer;

/// What has no effect because no plugin is called so: images, grants and the policy's words.
pub(super) fn wrong(plugins: &Plugins, layer: &Layer) -> Vec<Wrong> {
    let known = plugins.names();
    let settings = &layer.settings;
    let images = settings.images.keys().map(|name| (name.as_str(), format!("images.{name}"), "nothing starts from this image"));
    let granted = settings.plugins.iter().map(|grant| grant.plugin.0.as_str()).filter(|name| *name != PluginGrant::BUILT_IN);
    let granted = granted.map(|name| (name, format!("plugins.{name}"), "nothing is granted here"));
    let listed = settings.policy.plugins.patterns().map(|name| (name, "policy.plugins".to_owned(), "nothing is allowed by it"));
    let named = images.chain(granted).chain(listed);
    let unknown = named.filter(|(name, ..)| is_plain(name) && !known.iter().any(|known| known == name));
    let wrong = |(name, setting, so): (&str, String, &str)| Wrong {
        severity: Severity::Warning,
        code: Code::UnknownPlugin,
        setting,
        message: format!("no plugin `{name}` is known, so {so}").into(),
        help: vec![meant(name, &known)],
    };
    unknown.map(wrong).collect()
}

/// Whether it can only be the name of a plugin that windlass carries: no path, pattern or digest.
fn is_plain(name: &str) -> bool {
    !name.contains(['/', '*', '?', ':']) && !name.ends_with(".wasm")
}

fn meant(name: &str, known: &[String]) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the plugins are {}", known.join(", ")),
    }
}

/// Words for containers that are slips of those that windlass has itself, where no task has such a container.
pub(super) fn containers(layer: &Layer, tasks: &[Task]) -> Vec<Wrong> {
    let sidecars = tasks.iter().filter_map(|task| task.instance.as_ref()).flat_map(|instance| &instance.sidecars);
    let of_tasks: Vec<&str> = sidecars.map(|sidecar| sidecar.name.as_str()).collect();
    let mut found = Vec::new();
    for grant in &layer.settings.plugins {
        let granted = grant.powers.containers.iter().flat_map(|scope| scope.of_task.patterns());
        for word in granted.filter(|word| *word != MAIN && !of_tasks.contains(word) && !word.contains(['*', '?'])) {
            let Some(near) = nearest(word, [ContainerScope::OWN, MAIN]) else { continue };
            found.push(Wrong {
                severity: Severity::Warning,
                code: Code::InvalidValue,
                setting: format!("plugins.{}", grant.plugin.0),
                message: format!("no task has a container `{word}` for the plugins that `{}` means", grant.plugin.0).into(),
                help: vec![format!("did you mean `{near}`?")],
            });
        }
    }
    found
}

/// Bundles on disk that are not there, or none.
pub(super) async fn bundles(plugins: &Plugins, layer: &Layer, tasks: &[Task]) -> Vec<Wrong> {
    let steps = || tasks.iter().flat_map(|task| &task.steps);
    let uses = |name: &str| {
        steps().any(
            |step| matches!(&step.action, Action::Plugin { uses: PluginReference::Member { bundle, .. }, .. } if bundle == name),
        )
    };
    let mut found = Vec::new();
    for (name, _) in layer.settings.bundles.iter().filter(|(_, place)| matches!(place, PluginReference::File(_))) {
        if let Err(error) = plugins.source().members(name).await {
            let severity = if uses(name) { Severity::Error } else { Severity::Warning };
            found.push(Wrong { severity, ..not_there(name, &error) });
        }
    }
    found
}

/// The builder of environments, where it is none.
pub(super) async fn environment_builder(plugins: &Plugins, layer: &Layer, base: &Path) -> Option<Wrong> {
    let reference = layer.settings.environments.build.as_ref()?;
    let (message, help) = match plugins.inspect(reference, base).await {
        Ok(plugin) if plugin.kind == PluginKind::Build => return None,
        Ok(plugin) => (format!("`build` takes a build plugin, and {} is a {} plugin", plugin.name, plugin.kind), None),
        Err(error) => match reference {
            PluginReference::BuiltIn(name) if matches!(error, PluginError::NotFound { .. }) => {
                let message = format!("no plugin `{name}` is known, so no environment can be built");
                (message, Some(meant(name, &plugins.names())))
            }
            _ => (failure::causes(&error), None),
        },
    };
    Some(Wrong {
        severity: Severity::Error,
        code: Code::UnknownPlugin,
        setting: "environments.build".into(),
        message: message.into(),
        help: vec![help.unwrap_or_else(|| {
            let usual = windlass_assets::roles().builder;
            format!("windlass plugin ls shows the build plugins; without `build` it is {usual}")
        })],
    })
}
