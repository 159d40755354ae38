//! The files that `windlass init` writes. Pure.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What a project's tasks do, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setup {
    pub place: Place,
    pub tasks: Vec<Task>,
    /// Variables of all tasks, with their values.
    pub variables: Vec<(String, String)>,
    /// Variables that hold secrets.
    pub secrets: Vec<String>,
}

/// Where tasks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Cluster { context: String, namespace: Option<String> },
    Engine,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    /// Without `_task`.
    pub name: String,
    pub steps: Vec<Step>,
}

/// One step of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Without `_step`.
    pub name: String,
    pub uses: String,
    pub with: Map<String, Value>,
}

impl Setup {
    /// The text of `.cirrus.yml`.
    pub(super) fn tasks(&self) -> String {
        let mut text = String::from(
            "# Written by `windlass init`: images are built in a pod, without a daemon and without privilege, and pushed.\n\
             # `windlass plan` shows what a run does, `windlass run` does it.\n",
        );
        let container = match self.place {
            Place::Cluster { .. } => "kubernetes_container",
            Place::Engine => "container",
        };
        // The container that pushes needs nothing in it.
        let _ = writeln!(text, "{container}: {}", flow(&json!({"image": "busybox:stable"})));
        if !(self.variables.is_empty() && self.secrets.is_empty()) {
            text.push_str("env:\n");
        }
        for (name, value) in &self.variables {
            let _ = writeln!(text, "  {}: {}", scalar(name), scalar(value));
        }
        for name in &self.secrets {
            let hint = name.to_ascii_lowercase().replace('_', "-");
            let _ = writeln!(text, "  {}: ENCRYPTED[{hint}]   # windlass.yaml says where its value is", scalar(name));
        }
        for task in &self.tasks {
            let _ = writeln!(text, "\n{}:", scalar(&format!("{}_task", task.name)));
            for step in &task.steps {
                let with = Value::Object(step.with.clone());
                let with = if step.with.is_empty() { String::new() } else { format!(", with: {}", flow(&with)) };
                let _ = writeln!(text, "  {}: {{uses: {}{with}}}", scalar(&format!("{}_step", step.name)), scalar(&step.uses));
            }
        }
        text
    }

    /// The text of `windlass.yaml`, where there is something to say.
    pub(super) fn settings(&self) -> Option<String> {
        let mut text = String::new();
        if let Place::Cluster { context, namespace } = &self.place {
            let mut cluster = json!({"context": context});
            if let Some(namespace) = namespace {
                cluster["namespace"] = json!(namespace);
            }
            let _ = writeln!(text, "# The kubeconfig context that the tasks run on.\nclusters:\n  - {}", flow(&cluster));
        }
        if !self.secrets.is_empty() {
            text.push_str("# Where the values of secrets come from. Never write the values themselves here.\nsecrets:\n");
        }
        for name in &self.secrets {
            let _ = writeln!(text, "  {}: {}", scalar(name), flow(&json!({"env": name})));
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Text that is to stay as it is: a `$` in a task file would begin a variable.
pub(super) fn literal(text: &str) -> Value {
    Value::from(text.replace('$', "$$"))
}

/// A value on one line, as people write YAML: quotes only where text would be read as something else.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(place: Place, secrets: &[&str]) -> Setup {
        let step = |name: &str, uses: &str, with: Value| Step {
            name: name.into(),
            uses: uses.into(),
            with: with.as_object().cloned().unwrap_or_default(),
        };
        let build =
            json!({"context": "web app", "dockerfile": "prod.Dockerfile", "tags": ["ghcr.io/me/app:$CIRRUS_CHANGE_IN_REPO"]});
        let login = json!({"registry": "ghcr.io", "username": literal("me$1"), "password": "REGISTRY_PASSWORD"});
        Setup {
            place,
            tasks: vec![Task {
                name: "image".into(),
                steps: vec![
                    step("login", "registry-login", login),
                    step("build", "kaniko", build),
                    step("push", "oci-push", json!({})),
                ],
            }],
            variables: Vec::new(),
            secrets: secrets.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_cluster_and_secrets_are_said_in_the_settings() {
        let place = Place::Cluster { context: "kind-ci".into(), namespace: Some("builds".into()) };
        let setup = setup(place, &["REGISTRY_PASSWORD"]);
        assert_eq!(
            setup.tasks().lines().skip(2).collect::<Vec<_>>().join("\n"),
            "kubernetes_container: {image: \"busybox:stable\"}\n\
             env:\n  REGISTRY_PASSWORD: ENCRYPTED[registry-password]   # windlass.yaml says where its value is\n\
             \n\
             image_task:\n  \
               login_step: {uses: registry-login, with: {registry: ghcr.io, username: \"me$$1\", password: REGISTRY_PASSWORD}}\n  \
               build_step: {uses: kaniko, with: {context: \"web app\", dockerfile: prod.Dockerfile, \
                 tags: [\"ghcr.io/me/app:$CIRRUS_CHANGE_IN_REPO\"]}}\n  \
               push_step: {uses: oci-push}"
        );
        let settings = setup.settings().expect("settings");
        assert!(settings.contains("  - {context: kind-ci, namespace: builds}\n"), "{settings}");
        assert!(settings.contains("  REGISTRY_PASSWORD: {env: REGISTRY_PASSWORD}\n"), "{settings}");
    }

    #[test]
    fn this_machine_without_a_secret_needs_no_settings() {
        let setup = setup(Place::Engine, &[]);
        assert!(setup.settings().is_none());
        assert!(setup.tasks().contains("\ncontainer: ") && !setup.tasks().contains("env:"), "{}", setup.tasks());
    }

    #[test]
    fn text_that_yaml_would_read_otherwise_has_quotes() {
        for (text, written) in [("a/b.c", "a/b.c"), ("no", "\"no\""), ("1.5", "\"1.5\""), ("a: b", "\"a: b\""), ("", "\"\"")] {
            assert_eq!(scalar(text), written);
            let read: String = serde_yaml::from_str(&scalar(text)).expect("YAML");
            assert_eq!(read, text);
        }
    }
}
