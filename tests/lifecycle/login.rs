//! Credentials that run out before they are used.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use serde_json::{Value, json};
use windlass_engine::ports::plugin::{PluginError, PluginHost, StepBackend, StepInput, StepResult};
use windlass_engine::run::Cancel;
use windlass_model::event::RunEvent;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::{Action, Step, When};
use windlass_plugin_host::WasmHost;

use super::instead::{Instead, Runs};
use super::support::local::Local;
use super::{run_with, step, task};

/// The real plugins, but that what a login gives is refused one minute later.
struct ShortLogins {
    logins: AtomicUsize,
}

#[async_trait]
impl Runs for ShortLogins {
    async fn run(
        &self,
        host: &WasmHost,
        call: &PluginCall,
        input: StepInput,
        backend: Arc<dyn StepBackend>,
    ) -> Result<StepResult, PluginError> {
        let mut result = host.run(call, input, backend).await?;
        if call.plugin.kind == PluginKind::Login {
            self.logins.fetch_add(1, Ordering::Relaxed);
            let soon = SystemTime::now() + Duration::from_secs(60);
            let soon = soon.duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs();
            result.credentials.iter_mut().for_each(|login| login.expires_at = Some(soon));
        }
        Ok(result)
    }
}

/// A long build between login and push must not make a push of a token that nobody takes any more.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_run_out_are_asked_for_again_before_a_step_that_uses_them() {
    let plugin = |name: &str, uses: &str, with: Value| Step {
        name: name.into(),
        when: When::Always,
        action: Action::Plugin { uses: PluginReference::BuiltIn(uses.into()), with, container: None },
        line: 1,
    };
    let steps = vec![
        plugin("login", "registry-login", json!({"registry": "r.example", "username": "u", "password": "KEY"})),
        step("script", When::OnSuccess, &["true"]),
        plugin("push", "oci-push", json!({})),
    ];
    let plugins = Instead::new(ShortLogins { logins: AtomicUsize::new(0) });
    let tasks = |directory: &Path| vec![task(directory, steps)];
    let run = run_with(Arc::clone(&plugins) as Arc<dyn PluginHost>, Local::new(None), tasks, Cancel::default(), None).await;
    let notices =
        run.events.iter().filter(|e| matches!(e, RunEvent::PodNotice { message, .. } if message.contains("is asked again")));
    assert_eq!((notices.count(), plugins.runs.logins.load(Ordering::Relaxed)), (1, 2), "{:?}", run.events);
    assert!(run.failure().contains("built"), "the push had nothing to push: {}", run.failure());
}
