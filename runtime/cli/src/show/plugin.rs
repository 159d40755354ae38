//! A plugin for people.

use windlass_model::plugin::{PluginInfo, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::Level;
use windlass_model::scope::Scope;

use super::table;

/// What the powers that a plugin asks for come to, should they all be granted.
pub fn consequences(asks: &Powers) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(asks.pod.as_ref().map(brings));
    if let Some(containers) = &asks.containers {
        if containers.own {
            let lent = asks.registries.then_some("the registry credentials of the task's login steps");
            let opened = asks.secrets.is_some().then_some("the secrets that it opens");
            let there: Vec<&str> = [lent, opened].into_iter().flatten().collect();
            let but = if there.is_empty() { String::new() } else { format!(" but {}", there.join(" and ")) };
            lines.push(format!("may run commands in containers that it brings, where there is no secret of the task{but}"));
        }
        if !containers.of_task.is_none() {
            lines.push("may run commands in the task's containers, where it can see the task's secrets".to_owned());
        }
    }
    lines.extend(
        asks.environment_set.as_ref().map(|scope| format!("may set variables for the task's commands: {}", scope.in_words())),
    );
    if asks.secrets_reveal {
        lines.push("may read the bytes of secrets that it opens".to_owned());
    }
    lines
        .extend(asks.workspace_write.as_ref().map(|files| format!("may change files of the working copy: {}", files.in_words())));
    lines
}

/// What it may bring to a pod.
fn brings(limits: &PodLimits) -> String {
    // Of a privileged container the list of capabilities says nothing: it has them all.
    let told = match limits.level {
        Level::Privileged => PodLimits { capabilities: Scope::any(), ..limits.clone() },
        Level::Baseline | Level::Restricted => limits.clone(),
    };
    let (first, rest) = (told.in_words(), String::new());
    let (level, more) = first.split_once("; ").unwrap_or((&first, &rest));
    let level = level.replacen("up to ", "up to Pod Security ", 1);
    let more = if more.is_empty() { String::new() } else { format!(" ({more})") };
    format!("may bring containers {level}{more}")
}

/// What a plugin is, what it asks for, and what it takes.
pub fn plugin(info: &PluginInfo) -> String {
    let row = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    let mut rows = vec![
        row("name", &info.name),
        row("version", &info.version),
        row("kind", &info.kind.to_string()),
        row("interface", &format!("windlass:plugin@{}", info.interface)),
        row("digest", info.digest.as_str()),
        row("does", &info.description),
    ];
    rows.extend(info.asks.list().map(|power| {
        let reason = info.reasons.get(&power).map_or("(its manifest gives no reason)", String::as_str);
        vec![format!("asks for {power}"), reason.to_owned()]
    }));
    if info.asks.list().next().is_none() {
        rows.push(row("asks for", "nothing"));
    }
    let label = |at| if at == 0 { "so it" } else { "" }.to_owned();
    rows.extend(consequences(&info.asks).into_iter().enumerate().map(|(at, line)| vec![label(at), line]));
    if !info.honours.is_empty() {
        rows.push(row("honours", &info.honours.join(", ")));
    }
    let schema = serde_json::to_string_pretty(&info.schema).unwrap_or_default();
    format!("{}takes under `with` (JSON Schema)\n{schema}\n", table(&rows))
}
