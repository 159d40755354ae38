//! Tasks as short text, for people to compare.

use std::fmt::Write as _;
use windlass_model::secret::{EnvValue, EnvVar};
use windlass_model::task::{
    Action, BuiltImage, CacheKey, Disposition, FileContents, Instance, InstanceImage, Placement, Sidecar, Step, Task, When,
};

/// All tasks, one after the other.
pub fn tasks(tasks: &[Task]) -> String {
    if tasks.is_empty() {
        return "no tasks\n".to_owned();
    }
    tasks.iter().map(task).collect::<Vec<_>>().join("\n")
}

fn task(task: &Task) -> String {
    let mut out = format!("task {} {:?}", task.id.0, task.name);
    let mut say = |text: String| {
        out.push(' ');
        out.push_str(&text);
    };
    match &task.disposition {
        Disposition::Run => {}
        Disposition::Manual => say("BY HAND".into()),
        Disposition::Skip => say("SKIPPED".into()),
        Disposition::NotHere(reason) => say(format!("NOT HERE: {reason}")),
    }
    if let Some(alias) = &task.alias {
        say(format!("alias {alias:?}"));
    }
    if !task.labels.is_empty() {
        say(format!("labels {:?}", task.labels));
    }
    if !task.depends_on.is_empty() {
        say(format!("after {:?}", task.depends_on.iter().map(|id| id.0).collect::<Vec<_>>()));
    }
    if task.timeout.as_secs() != 3600 {
        say(format!("timeout {}s", task.timeout.as_secs()));
    }
    if task.allow_failures {
        say("may fail".into());
    }
    out.push('\n');
    if let Some(instance) = &task.instance {
        instance_lines(instance, &mut out);
    }
    env_lines("  env", &task.env, &mut out);
    for secret in &task.secrets {
        let _ = writeln!(out, "  secret {} is {}", secret.name, secret.reference);
    }
    for variable in &task.undefined {
        let _ = writeln!(out, "  needs {}, line {}", variable.name, variable.line);
    }
    for step in &task.steps {
        step_lines(step, &mut out);
    }
    out
}

fn instance_lines(instance: &Instance, out: &mut String) {
    let place = match &instance.placement {
        Placement::Engine => "any engine".to_owned(),
        Placement::Cluster(cluster) => {
            let parts = [&cluster.name, &cluster.location, &cluster.context, &cluster.namespace];
            let parts: Vec<&str> = parts.iter().map(|part| part.as_deref().unwrap_or("-")).collect();
            format!("{:?} {}", cluster.kind, parts.join(" "))
        }
    };
    let image = match &instance.image {
        InstanceImage::Reference(image) => image.to_string(),
        InstanceImage::Environment(environment) => {
            let BuiltImage { context, dockerfile, arguments } = environment;
            format!("[{dockerfile} in {context} with {arguments:?}]")
        }
    };
    let _ = write!(out, "  in {place}: {image} {}", resources(&instance.resources));
    for (flag, word) in [(instance.privileged, "privileged"), (instance.use_in_memory_disk, "in-memory-disk")] {
        if flag {
            let _ = write!(out, " {word}");
        }
    }
    if instance.architecture.as_str() != "amd64" {
        let _ = write!(out, " {}", instance.architecture.as_str());
    }
    if let Some(secret) = &instance.registry_secret {
        let _ = write!(out, " pulls with {secret}");
    }
    for term in &instance.node_selector_terms {
        let _ = write!(out, " nodes {term}");
    }
    out.push('\n');
    for sidecar in &instance.sidecars {
        sidecar_lines(sidecar, out);
    }
}

fn resources(resources: &windlass_model::quantity::Resources) -> String {
    format!("{}/{}{}", resources.cpu, resources.memory, if resources.greedy { " greedy" } else { "" })
}

fn sidecar_lines(sidecar: &Sidecar, out: &mut String) {
    let _ = write!(out, "  beside it {}: {} {}", sidecar.name, sidecar.image, resources(&sidecar.resources));
    if sidecar.privileged {
        out.push_str(" privileged");
    }
    for port in &sidecar.ports {
        let _ = match port.host {
            Some(host) => write!(out, " port {host}:{}", port.container),
            None => write!(out, " port {}", port.container),
        };
    }
    if let Some(args) = &sidecar.args {
        let _ = write!(out, " args {args:?}");
    }
    if let Some(command) = &sidecar.readiness_command {
        let _ = write!(out, " ready when {command:?}");
    }
    out.push('\n');
    env_lines("    env", &sidecar.env, out);
}

fn env_lines(prefix: &str, env: &[EnvVar], out: &mut String) {
    for var in env {
        let _ = match &var.value {
            EnvValue::Text(text) => writeln!(out, "{prefix} {}={text:?}", var.name),
            EnvValue::Secret(name) => writeln!(out, "{prefix} {}=secret {name}", var.name),
        };
    }
}

fn step_lines(step: &Step, out: &mut String) {
    let when = match step.when {
        When::OnSuccess => "",
        When::OnFailure => " on failure",
        When::Always => " always",
        When::OnTimeout => " on time-out",
    };
    let _ = write!(out, "  step {:?}{when}:", step.name);
    let _ = match &step.action {
        Action::Workspace => writeln!(out, " the working copy"),
        Action::Script { lines, background, .. } => {
            let lines: String = lines.iter().map(|line| format!("    | {line}\n")).collect();
            writeln!(out, "{} script\n{}", if *background { " background" } else { "" }, lines.trim_end_matches('\n'))
        }
        Action::File { path, contents: FileContents::Variable(name) } => writeln!(out, " file {path:?} from ${name}"),
        Action::File { path, contents: FileContents::Text(text) } => writeln!(out, " file {path:?} holding {text:?}"),
        Action::Artifacts { paths, content_type, format } => {
            let said =
                |what: &str, said: &Option<String>| said.as_ref().map(|said| format!(" {what} {said:?}")).unwrap_or_default();
            writeln!(out, " artifacts {paths:?}{}{}", said("of type", content_type), said("in format", format))
        }
        Action::Cache { folders, key, populate, reupload_on_changes, optimistically_restore_on_miss } => {
            let key = match key {
                CacheKey::Script(script) => format!("of what {:?} writes", script.lines),
                CacheKey::Text(text) => format!("of {text:?}"),
                CacheKey::Task => "of the task".to_owned(),
            };
            let flag = |on: &bool, word: &'static str| if *on { word } else { "" };
            let made = populate.as_ref().map(|script| format!(", made by {:?}", script.lines)).unwrap_or_default();
            let (again, newest) =
                (flag(reupload_on_changes, ", again on changes"), flag(optimistically_restore_on_miss, ", else the newest"));
            writeln!(out, " cache {folders:?} {key}{made}{again}{newest}")
        }
        Action::UploadCache { name } => writeln!(out, " the cache {name:?}"),
        Action::Plugin { uses, with, container } => {
            let container = container.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
            writeln!(out, " {uses}{container} {with}")
        }
    };
}
