//! A value that a plugin conceals is masked in every text of the run, whoever says it and when.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepBackend, StepInput, StepResult};
use windlass_engine::run::Cancel;
use windlass_model::event::{Level, RunEvent};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{Credentials, PluginKind};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::secret::EnvVar;
use windlass_model::task::{Action, Step, When};
use windlass_plugin_host::WasmHost;
use windlass_redact::MASK;
use windlass_report::{Json, Palette, Plain, Redacting, Reporter, Size, Terminal, usual_next_command};

use super::instead::{Instead, Runs};
use super::support::local::Local;
use super::{run_with, step, task};

const CONCEALED: &str = "concealed-value-8842";
const SENSITIVE: &str = "sensitive-value-9913";

/// Plugins that talk. The first conceals two values, having said one of them already; all of them repeat both in their logs and errors.
struct Talkative;

#[async_trait]
impl Runs for Talkative {
    async fn run(
        &self,
        _: &WasmHost,
        _: &PluginCall,
        _: StepInput,
        backend: Arc<dyn StepBackend>,
    ) -> Result<StepResult, PluginError> {
        // It waits in the queue of the reporters when the value becomes a secret.
        backend.log(Level::Info, &format!("before: {CONCEALED} {SENSITIVE}")).await;
        backend.new_secret(CONCEALED.as_bytes().to_vec().into()).await.expect("a secret");
        backend.set_variable("TOKEN", SENSITIVE, true).await.expect("a variable");
        backend.log(Level::Warning, &format!("after: {CONCEALED} {SENSITIVE}")).await;
        let message = format!("the registry refused {CONCEALED} and {SENSITIVE}");
        Err(PluginError::Failed { plugin: "talkative".into(), message, exit_code: None })
    }
}

#[derive(Clone, Default)]
struct Sink(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a reporter that knows what the run knew shows of these events.
fn shown(make: impl Fn(Sink) -> Box<dyn Reporter>, redactor: &windlass_redact::Redactor, events: &[RunEvent]) -> String {
    let sink = Sink::default();
    let mut reporter = Redacting::new(redactor.clone(), make(sink.clone()));
    for event in events {
        reporter.event(Duration::ZERO, event).expect("memory");
    }
    reporter.finish().expect("memory");
    String::from_utf8_lossy(&sink.0.lock().expect("no panic")).into_owned()
}

/// Before, only what containers wrote was masked: logs and errors of plugins showed what they had concealed.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_conceals_is_masked_in_its_own_words_and_in_those_of_others() {
    let login = |name: &str, when| Step {
        name: name.into(),
        when,
        action: Action::Plugin {
            uses: PluginReference::BuiltIn("registry-login".into()),
            with: json!({"registry": "r.example", "username": "u", "password": "KEY"}),
            container: None,
        },
        line: 1,
    };
    let steps = vec![login("first", When::OnSuccess), login("other", When::Always)];
    let plugins = Instead::new(Talkative);
    let run = run_with(plugins, Local::new(None), |directory| vec![task(directory, steps)], Cancel::default(), None).await;
    let logs = run.events.iter().filter(|event| matches!(event, RunEvent::PluginLog { .. })).count();
    assert_eq!(logs, 4, "{:?}", run.events);
    let plain = |sink: Sink| -> Box<dyn Reporter> { Box::new(Plain::new(sink, Box::new(usual_next_command))) };
    let json = |sink: Sink| -> Box<dyn Reporter> { Box::new(Json::new(sink)) };
    for text in [shown(plain, &run.redactor, &run.events), shown(json, &run.redactor, &run.events)] {
        assert!(!text.contains(CONCEALED) && !text.contains(SENSITIVE), "{text}");
        assert!(
            text.contains(&format!("before: {MASK} {MASK}")) && text.contains(&format!("refused {MASK} and {MASK}")),
            "{text}"
        );
    }
    // The events themselves have the values, or this would show nothing.
    assert!(format!("{:?}", run.events).contains(CONCEALED));
}

/// A secret whose parts all look alike in no text.
const LOGIN: &str = "login-\"value\"-<5521>\nsecond line of it";
const LEASE: &str = "lease-value-6634";
const QUIET: &str = "quiet-value-7745";

/// The real shell, and a login that gives a value of its own making and talks about it.
struct LogsIn;

#[async_trait]
impl Runs for LogsIn {
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
        let secret = backend.new_secret(format!("{LOGIN}\n").into_bytes().into()).await.expect("a secret");
        backend.set_variable("LOGIN_SAID", LOGIN, false).await.expect("a variable");
        backend.log(Level::Info, &format!("logged in with {LOGIN}, or {}", json!({ "auth": LOGIN }))).await;
        let cut = LOGIN.get(..12).unwrap_or_default();
        backend.log(Level::Warning, &format!("the server said {cut} … 30 bytes more")).await;
        let credentials = Credentials { registry: "r.example".into(), username: "u".into(), secret, expires_at: None };
        Ok(StepResult { credentials: vec![credentials], ..StepResult::default() })
    }
}

/// Every text that a run shows, in each way of showing it.
fn all_shown(run: &super::Run) -> Vec<String> {
    let next = || -> windlass_report::NextCommand { Box::new(usual_next_command) };
    let terminal = |sink: Sink| -> Box<dyn Reporter> {
        let size = || Size { columns: 200, rows: 50 };
        Box::new(Terminal::new(sink, Box::new(size), Palette::Plain, next()))
    };
    let plain = |sink: Sink| -> Box<dyn Reporter> { Box::new(Plain::new(sink, next())) };
    let json = |sink: Sink| -> Box<dyn Reporter> { Box::new(Json::new(sink)) };
    vec![
        shown(plain, &run.redactor, &run.events),
        shown(json, &run.redactor, &run.events),
        shown(terminal, &run.redactor, &run.events),
    ]
}

/// Proves that there is one masker and that all feed it: what a login returns, what a script sets as sensitive or under a name that says so,
/// what the platform gave. Each is said in plain, in base64 and as JSON, by scripts, plugins, failures and last lines, and shown in no way.
#[tokio::test(flavor = "multi_thread")]
async fn every_secret_of_a_run_is_masked_whoever_says_it_and_however() {
    let login = Step {
        name: "login".into(),
        when: When::Always,
        action: Action::Plugin {
            uses: PluginReference::BuiltIn("registry-login".into()),
            with: json!({"registry": "r.example", "username": "u", "password": "KEY"}),
            container: None,
        },
        line: 1,
    };
    let says = "set +o verbose; for value in \"$LEASE_TOKEN\" \"$QUIET\" \"$KEY\" \"$LOGIN_SAID\"; do echo \"said: $value.\"; \
                printf '%s' \"$value\" | base64 -w 0; echo; printf '%s' \"user:$value\" | base64; done; echo plain-value-1; exit 3";
    let steps = vec![
        step("lease", When::OnSuccess, &[&format!("set +o verbose; echo LEASE_TOKEN={LEASE} >> \"$CIRRUS_ENV\"")]),
        step("quiet", When::OnSuccess, &["set +o verbose; echo \"QUIET=$HIDDEN\" >> \"$CIRRUS_ENV\""]),
        login,
        step("says", When::Always, &[says]),
    ];
    let tasks = |directory: &Path| {
        let mut task = task(directory, steps);
        task.env.push(EnvVar::text("CIRRUS_ENV_SENSITIVE", "1"));
        task.env.push(EnvVar::text("HIDDEN", QUIET));
        vec![task]
    };
    let plugins = Instead::new(LogsIn);
    let run = run_with(plugins, Local::new(None), tasks, Cancel::default(), None).await;
    assert_eq!(run.outcome.exit_code.code(), 1, "{:?}", run.events);
    for text in all_shown(&run) {
        for secret in [LEASE, QUIET, "hunter2hunter2", "login-", "second line of it", "value\\\\\"-"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        for secret in [LEASE, QUIET, "hunter2hunter2", LOGIN] {
            for encoded in [BASE64_STANDARD.encode(secret), BASE64_STANDARD.encode(format!("user:{secret}"))] {
                // Of the second, the user's name may be seen.
                assert!(!text.contains(&encoded) && !text.contains(&encoded[12..]), "{secret} as {encoded} in {text}");
            }
        }
        assert!(text.contains(MASK) && text.contains("plain-value-1"), "{text}");
    }
}
