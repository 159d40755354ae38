//! The power `http`: who is reached, and what of a request reaches the port.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use support::backend::Local;
use support::{everything, host, inspect, run};
use windlass_engine::ports::http::Part;
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput, StepResult};
use windlass_model::host_pattern::HostPattern;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::Grants;
use windlass_model::power::HostScope;
use windlass_plugin_host::Limits;

fn hosts(patterns: &[&str]) -> Vec<HostPattern> {
    patterns.iter().map(|pattern| HostPattern::parse(pattern).expect("a pattern")).collect()
}

/// Every power, and of `http` these hosts.
fn granted(patterns: &[&str]) -> Grants {
    let mut grants = everything();
    grants.powers.http = Some(HostScope::granted(hosts(patterns)));
    grants
}

async fn send(url: &str, grants: Grants, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    let request = json!({"call": "http.send", "with": {"text": url}});
    run(&host(Limits::default()), "misbehaving", request, grants, StepInput::default(), backend).await
}

/// A refusal has the line that grants the host beside those that were granted; what the manifest does not ask for, no line would.
#[tokio::test]
async fn a_host_is_reached_that_manifest_and_grant_name() {
    let backend = Local::plain(&[]);
    assert!(send("https://api.corp.example/", granted(&["*.corp.example"]), &backend).await.is_ok());
    assert_eq!(backend.log(), ["200 hello"]);
    for (url, line) in [
        ("https://other.example/", "{http: [\"*.corp.example\", other.example]}"),
        ("https://api.corp.example:8443/", "{http: [\"*.corp.example\", \"api.corp.example:8443\"]}"),
        ("http://api.corp.example/", "{http: [\"*.corp.example\", \"http://api.corp.example\"]}"),
    ] {
        match send(url, granted(&["*.corp.example"]), &backend).await {
            Err(PluginError::Denied { power, grant, .. }) => {
                assert_eq!(power.as_str(), "http");
                assert!(grant.contains(line), "{grant}");
            }
            other => panic!("{url}: {other:?}"),
        }
    }
    let host = host(Limits::default());
    let mut plugin = inspect(&host, "misbehaving").await;
    plugin.asks.http = Some(HostScope::asked(hosts(&["api.corp.example"])));
    let request = json!({"call": "http.send", "with": {"text": "https://other.example/"}});
    let grants = granted(&["*"]);
    let call = PluginCall { plugin, request, container: "main".into(), grants, own_containers: Default::default(), build: None };
    match host.run(&call, StepInput::default(), Arc::clone(&backend) as _).await {
        Err(PluginError::Failed { message, .. }) => {
            assert!(message.contains("asked for `http` (other.example), which its own manifest does not"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(backend.requests.lock().expect("no panic").len(), 1, "only what was allowed reached the port");
}

#[tokio::test]
async fn a_host_of_the_users_own_network_is_refused_with_the_line_that_names_it() {
    let backend = Local::plain(&[]);
    match send("https://inside.example/", granted(&["*"]), &backend).await {
        Err(PluginError::Denied { detail, grant, .. }) => {
            assert!(detail.contains("inside.example, which is at 10.0.0.1"), "{detail}");
            assert!(grant.contains("{http: [\"*\", inside.example]}"), "{grant}");
        }
        other => panic!("{other:?}"),
    }
}

/// The plugin holds a handle, and so does the request: whoever sends it puts the value in.
#[tokio::test]
async fn secrets_leave_the_plugin_by_name() {
    let backend = Local::plain(&[]);
    let request = json!({"call": "http.send", "with": {"text": "https://api.corp.example/", "value": "SECRET"}});
    let done = run(&host(Limits::default()), "misbehaving", request, everything(), StepInput::default(), &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let requests = backend.requests.lock().expect("no panic");
    let [sent] = requests.as_slice() else { panic!("{requests:?}") };
    let token = windlass_model::secret::SecretName::new("TOKEN").expect("a name");
    let bearer = vec![Part::Text("Bearer ".into()), Part::Secret(token.clone())];
    assert_eq!(sent.headers, [("authorization".to_owned(), bearer)]);
    let login = Part::Basic("me".into(), token.clone());
    assert_eq!(sent.body, [Part::JsonString(token.clone()), Part::PercentEncoded(token), login]);
    assert_eq!((sent.timeout, sent.max_response), (Duration::from_secs(60), 8 << 20));
    assert!(!format!("{requests:?}").contains("hunter2"));
}

#[tokio::test]
async fn requests_are_bounded_in_number() {
    let backend = Local::plain(&[]);
    let request = json!({"call": "http.flood", "with": {"text": "https://api.corp.example/"}});
    let done = run(&host(Limits::default()), "misbehaving", request, everything(), StepInput::default(), &backend).await;
    assert!(
        matches!(&done, Err(PluginError::Failed { message, .. }) if message.contains("1000 requests, which is the most")),
        "{done:?}"
    );
    assert_eq!(backend.requests.lock().expect("no panic").len(), 1000);
}

#[tokio::test]
async fn a_stopped_step_waits_for_no_answer() {
    let backend = Local::plain(&[]);
    let sending = tokio::spawn({
        let backend = Arc::clone(&backend);
        async move { send("https://slow.example/", everything(), &backend).await }
    });
    while backend.requests.lock().expect("no panic").is_empty() {
        tokio::task::yield_now().await;
    }
    backend.stop();
    let done = tokio::time::timeout(Duration::from_secs(60), sending).await.expect("it ends").expect("no panic");
    assert!(matches!(done, Err(PluginError::Cancelled)), "{done:?}");
}
