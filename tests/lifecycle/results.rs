//! What a step says of itself reaches whoever watches and the steps that follow, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepBackend, StepInput, StepResult};
use windlass_engine::run::Cancel;
use windlass_model::event::RunEvent;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::result::{ResultName, ResultValue};
use windlass_model::secret::EnvVar;
use windlass_model::task::{Action, Step, Task, When};
use windlass_plugin_host::WasmHost;
use windlass_redact::MASK;

use super::instead::{Instead, Runs};
use super::support::local::Local;
use super::{run_with, step, task};

/// The real shell, and logins that say results.
struct Says;

fn name(text: &str) -> ResultName {
    ResultName::parse(text).expect("a name")
}

#[async_trait]
impl Runs for Says {
    async fn run(
        &self,
        host: &WasmHost,
        call: &PluginCall,
        input: StepInput,
        backend: Arc<dyn StepBackend>,
    ) -> Result<StepResult, PluginError> {
        if call.plugin.kind != PluginKind::Login {
            return host.run(call, input, backend).await;
        }
        backend.new_secret(b"opensesame-1".to_vec().into()).await.expect("a secret");
        let text = |text: &str| ResultValue::text(text.to_owned()).expect("a text");
        for (name, value) in
            [("TESTS", ResultValue::Count(1)), ("TESTS", ResultValue::Count(2)), ("SAID", text("is opensesame-1"))]
        {
            backend.set_result(&self::name(name), value).await.expect("a result");
        }
        for name in ["OWN", "B_C", "C"] {
            if let Err(refused) = backend.set_result(&self::name(name), ResultValue::Count(3)).await {
                let refusal = self::name(&format!("{name}_REFUSED"));
                backend.set_result(&refusal, text(&refused.to_string())).await.expect("a result");
            }
        }
        let architecture = backend.architecture("main").await.expect("it is there");
        backend.set_result(&name("ARCHITECTURE"), text(&architecture)).await.expect("a result");
        Ok(StepResult::default())
    }
}

fn says(name: &str) -> Step {
    Step {
        name: name.into(),
        when: When::OnSuccess,
        action: Action::Plugin {
            uses: PluginReference::BuiltIn("registry-login".into()),
            with: json!({"registry": "r.example", "username": "u", "password": "KEY"}),
            container: None,
        },
        line: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_a_variable_of_the_steps_that_follow_and_takes_no_other_s_place() {
    let steps = vec![
        says("a"),
        says("a b"),
        step("look", When::OnSuccess, &["env | grep ^WINDLASS_RESULT_ | sort", "echo \"said ${WINDLASS_RESULT_A_SAID}\""]),
    ];
    let with_own = |task: Task| {
        let own = EnvVar::text("WINDLASS_RESULT_A_OWN", "mine");
        Task { env: task.env.iter().cloned().chain([own]).collect(), ..task }
    };
    let plugins = Instead::new(Says);
    let run =
        run_with(plugins, Local::new(None), |directory| vec![with_own(task(directory, steps))], Cancel::default(), None).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    let output = run.output();
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    for line in [
        "WINDLASS_RESULT_A_OWN=mine\n",
        "WINDLASS_RESULT_A_OWN_REFUSED=the result OWN would be the variable WINDLASS_RESULT_A_OWN, which the task itself sets\n",
        "WINDLASS_RESULT_A_TESTS=2\n",
        "WINDLASS_RESULT_A_B_C=3\n",
        "WINDLASS_RESULT_A_B_C_REFUSED=the result C would be the variable WINDLASS_RESULT_A_B_C, which step a has set\n",
        &format!("WINDLASS_RESULT_A_ARCHITECTURE={machine}\n"),
        &format!("said is {MASK}\n"),
    ] {
        assert!(output.contains(line), "{line}: {output}");
    }
    let told = |variable: &str, of: &str| {
        let is =
            |event: &RunEvent| matches!(event, RunEvent::ResultSet { step, variable: v, .. } if step.name == of && v == variable);
        run.events.iter().filter(|event| is(event)).count()
    };
    assert_eq!((told("WINDLASS_RESULT_A_TESTS", "a"), told("WINDLASS_RESULT_A_B_C", "a b")), (2, 0), "{:?}", run.events);
    assert!(!format!("{:?}", run.events).contains("opensesame"), "a result never has a secret in it, in no event");
}
