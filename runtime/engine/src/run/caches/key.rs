//! What a cache is stored under.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use windlass_cache_store::Fingerprint;
use windlass_model::cache::{CachePlan, KeyPlan};
use windlass_model::digest::Digest;
use windlass_model::event::{Failure, StepRef};

use super::super::captured::SharedCapture;
use super::super::context::TaskContext;
use super::super::step::{plugin, task_failure};
use super::of_script;
use crate::words::filled;

/// The most bytes of a key: stores make names of them.
const LONGEST: usize = 1024;

/// A key, and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) fingerprint: Option<Fingerprint>,
}

/// Finds a cache's key out. A fingerprint script that fails fails the step.
pub(super) async fn of(
    context: &Arc<TaskContext>,
    step: &StepRef,
    plan: &CachePlan,
    cancel: &CancellationToken,
) -> Result<Key, Failure> {
    match &plan.key {
        KeyPlan::Task(text) => Ok(Key { text: named(&plan.name, &Digest::of(text)), fingerprint: None }),
        KeyPlan::Key(text) => {
            let text = filled(text, |name| context.variable(name));
            check(&text, &context.redactor.text(&text))?;
            Ok(Key { text, fingerprint: None })
        }
        KeyPlan::Fingerprint(call) => {
            let captured = SharedCapture::default();
            let done = plugin(context, step, call, cancel, Some(captured.clone())).await;
            done.map_err(|failure| of_script("fingerprint_script", failure))?;
            let captured = captured.lock();
            let (output, whole) = captured.text();
            let text = named(&plan.name, &captured.digest());
            Ok(Key { text, fingerprint: Some(Fingerprint { output, whole }) })
        }
    }
}

/// The name, so that the entries of one cache are found together, and what tells them apart.
fn named(name: &str, digest: &Digest) -> String {
    let digest = digest.as_str().trim_start_matches("sha256:");
    format!("{name}-{digest}")
}

/// Keys are shown, and kept where others read them.
fn check(text: &str, masked: &str) -> Result<(), Failure> {
    let wrong = |message: &str, help: &str| Failure { help: Some(help.to_owned()), ..task_failure(message.to_owned()) };
    if text != masked {
        let message = "`fingerprint_key` holds the value of a secret, and keys are stored as they are";
        return Err(wrong(message, "use `fingerprint_script`: only the digest of what it writes is stored"));
    }
    if text.is_empty() {
        return Err(wrong("`fingerprint_key` is empty", "write a text, or leave it out"));
    }
    if text.len() > LONGEST {
        let message = format!("`fingerprint_key` has {} bytes, and a key has at most {LONGEST}", text.len());
        return Err(wrong(&message, "use `fingerprint_script`, whose output may be of any length"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_holds_a_secret_is_empty_or_too_long_is_refused() {
        assert!(check("v1-go-1.24", "v1-go-1.24").is_ok());
        for (text, masked, said) in [
            ("v1-hunter2", "v1-***", "the value of a secret"),
            ("", "", "is empty"),
            (&"x".repeat(1025), &"x".repeat(1025), "1025"),
        ] {
            let failure = check(text, masked).err().map(|failure| failure.message).unwrap_or_default();
            assert!(failure.contains(said) && !failure.contains("hunter2"), "{failure}");
        }
    }

    #[test]
    fn a_key_begins_with_the_caches_name() {
        let key = named("node_modules", &Digest::of("a"));
        assert!(key.starts_with("node_modules-ca978112") && key.len() == "node_modules-".len() + 64, "{key}");
    }
}
