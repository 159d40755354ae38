//! Builders and pushes by what their manifests say, and everything that is wrong at once.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, ImagePlace, PluginInfo, Requirements};
use windlass_model::settings::Settings;
use windlass_model::task::{Action, Step, When};

use super::world::{task, uses};
use crate::planner::fixture::{World, plugin};
use crate::planner::*;
use crate::ports::plugin::{PluginError, StepBackend, StepInput, StepResult};

/// Plugins whose names say nothing: what they are is in their manifests alone.
#[derive(Default)]
struct Manifests {
    inspected: Mutex<Vec<String>>,
}

#[async_trait]
impl PluginHost for Manifests {
    fn carried(&self) -> Vec<PluginReference> {
        ["alpha", "beta", "gamma", "delta"].map(|name| PluginReference::BuiltIn(name.into())).into()
    }

    async fn inspect(&self, reference: &PluginReference, _: &Path) -> Result<PluginInfo, PluginError> {
        let name = reference.to_string();
        self.inspected.lock().expect("a list").push(name.clone());
        let (kind, leaves, takes) = match name.as_str() {
            "alpha" => (PluginKind::Build, vec![ImagePlace::Daemon], vec![]),
            "beta" => (PluginKind::Build, vec![ImagePlace::Layout, ImagePlace::Pushed], vec![]),
            "gamma" => (PluginKind::Push, vec![], vec![ImagePlace::Daemon, ImagePlace::Pushed]),
            "delta" => (PluginKind::Push, vec![], vec![ImagePlace::Layout, ImagePlace::Pushed]),
            "epsilon" => (PluginKind::Config, vec![], vec![]),
            _ => return Err(PluginError::NotFound { reference: name, message: "there is none".into() }),
        };
        let (leaves, takes) = (leaves.into_iter().collect(), takes.into_iter().collect());
        Ok(PluginInfo { leaves, takes, ..plugin(reference, &name, kind) })
    }

    async fn requirements(&self, _: &PluginInfo, _: &Value, _: Option<&BuildHints>) -> Result<Requirements, PluginError> {
        Ok(Requirements::default())
    }

    async fn run(&self, _: &PluginCall, _: StepInput, _: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        panic!("a plan runs nothing")
    }
}

/// A plan of one task.
async fn planned(steps: Vec<Step>, host: &Manifests, substitutes: &[(PluginKind, PluginReference)]) -> Result<Plan, PlanErrors> {
    World::of(Settings::default()).plan(&[task(0, steps)], &[], host, substitutes).await
}

fn step(name: &str, plugin: &str, line: usize, with: Value) -> Step {
    let action = Action::Plugin { uses: PluginReference::parse(plugin).expect("a reference"), with, container: None };
    Step { name: name.into(), when: When::OnSuccess, action, line }
}

fn build_and_push(builder: &str, push: &str) -> Vec<Step> {
    vec![step("build", builder, 5, json!({"tags": ["a"]})), step("push", push, 8, json!({}))]
}

fn pushes_with(plan: &Plan) -> String {
    super::world::call(plan, 1).plugin.name.clone()
}

/// Before, the whole image was built, and the push step then failed.
#[tokio::test]
async fn a_push_that_cannot_send_what_the_builder_leaves_is_refused_in_the_plan() {
    let refused = planned(build_and_push("alpha", "delta"), &Manifests::default(), &[]).await;
    let errors = refused.expect_err("a refusal");
    let found: Vec<_> = errors.iter().map(|located| (located.line, located.error.to_string())).collect();
    assert_eq!(
        found,
        [(
            Some(8),
            "task t, step push: alpha leaves its image in a docker daemon, and delta only takes images left as an OCI layout or in the \
             registry already; use gamma, or --use push=gamma for one run"
                .to_owned()
        )]
    );
    for (builder, push) in [("alpha", "gamma"), ("beta", "delta"), ("beta", "gamma")] {
        let plan = planned(build_and_push(builder, push), &Manifests::default(), &[]).await;
        assert!(plan.is_ok(), "{builder} and {push}: {plan:?}");
    }
    // Without the same tags the builder does not push by itself, and there is nothing in a daemon.
    let other = vec![step("build", "beta", 5, json!({"tags": ["a"]})), step("push", "gamma", 8, json!({"tags": ["b"]}))];
    assert!(planned(other, &Manifests::default(), &[]).await.is_err());
}

/// With `--use build=…` the push follows the builder, whichever way round, unless it was chosen too.
#[tokio::test]
async fn a_push_follows_the_builder_that_was_chosen() {
    for (builder, push, chosen, follows) in [("beta", "delta", "alpha", "gamma"), ("alpha", "gamma", "beta", "delta")] {
        let chosen = [(PluginKind::Build, PluginReference::BuiltIn(chosen.into()))];
        let plan = planned(build_and_push(builder, push), &Manifests::default(), &chosen).await.expect("a plan");
        assert_eq!(pushes_with(&plan), follows);
        assert!(
            plan.notes.iter().any(|note| note.contains(&format!("push uses {follows} instead of {push}"))),
            "{:?}",
            plan.notes
        );
    }
    let both = [
        (PluginKind::Build, PluginReference::BuiltIn("alpha".into())),
        (PluginKind::Push, PluginReference::BuiltIn("delta".into())),
    ];
    assert!(planned(build_and_push("beta", "delta"), &Manifests::default(), &both).await.is_err());
}

/// A plan looks at each plugin once: it is the same one in every step, whatever happens to its file meanwhile.
#[tokio::test]
async fn a_plugin_is_inspected_once_and_every_problem_is_told() {
    let host = Manifests::default();
    let steps = vec![step("a", "alpha", 5, json!({})), step("b", "alpha", 6, json!({})), step("c", "alpha", 7, json!({}))];
    planned(steps, &host, &[]).await.expect("a plan");
    assert_eq!(*host.inspected.lock().expect("a list"), ["alpha"]);

    let wrong = vec![uses("nope", json!({})), step("d", "alpha", 9, json!({})), step("e", "nada", 12, json!({}))];
    let errors = planned(wrong, &Manifests::default(), &[]).await.expect_err("errors");
    assert_eq!(errors.iter().map(|located| located.line).collect::<Vec<_>>(), [Some(7), Some(12)]);
}

/// It has nothing that a step could call.
#[tokio::test]
async fn a_step_uses_no_config_plugin() {
    let errors = planned(vec![step("a", "epsilon", 5, json!({}))], &Manifests::default(), &[]).await.expect_err("a refusal");
    let found: Vec<_> = errors.iter().map(|located| (located.line, located.error.to_string())).collect();
    assert_eq!(
        found,
        [(
            Some(5),
            "task t, step a: `uses: epsilon`: it is a config plugin, which makes tasks from a file: name it under `generate` in \
             windlass.yaml"
                .to_owned()
        )]
    );
}
