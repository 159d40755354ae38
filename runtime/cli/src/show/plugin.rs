//! A plugin for people.

use windlass_model::plugin::{ImagePlace, PluginInfo, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::Level;
use windlass_model::scope::Scope;
use windlass_model::settings::{Verdict, Vouching};

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
    lines.extend(asks.http.as_ref().map(|hosts| {
        let to = hosts.in_words().unwrap_or_else(|| "any host that the grant names".to_owned());
        let with = if asks.secrets.is_some() { ", with the secrets that it opens" } else { "" };
        format!("may send requests from this machine to {to}{with}")
    }));
    lines.extend(asks.results.as_ref().map(|_| {
        "may say results, which later steps have as variables WINDLASS_RESULT_…, and remarks on lines of files".to_owned()
    }));
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

/// Who has signed it of those whom settings trust, and why the others' words do not count.
pub fn signers(all: &[Vouching]) -> Vec<Vec<String>> {
    let row = |by: &Vouching| match &by.verdict {
        Verdict::Signed(key) => vec!["signed by".to_owned(), format!("{} ({key})", by.signer)],
        _ => vec!["not signed by".to_owned(), format!("{}: {}", by.signer, by.in_words())],
    };
    all.iter().map(row).collect()
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
    rows.extend(signers(&info.signers));
    for power in info.asks.list() {
        let reason = info.reasons.get(&power).map_or("(its manifest gives no reason)", String::as_str);
        rows.push(vec![format!("asks for {power}"), reason.to_owned()]);
        rows.extend(info.asks.limits(power).map(|limits| row("  limited to", &limits)));
    }
    if info.asks.list().next().is_none() {
        rows.push(row("asks for", "nothing"));
    }
    let label = |at| if at == 0 { "so it" } else { "" }.to_owned();
    rows.extend(consequences(&info.asks).into_iter().enumerate().map(|(at, line)| vec![label(at), line]));
    if !info.honours.is_empty() {
        rows.push(row("honours", &info.honours.join(", ")));
    }
    let places = [("leaves its image", &info.leaves), ("takes images", &info.takes)];
    let said = places.into_iter().filter(|(_, places)| !places.is_empty());
    rows.extend(said.map(|(what, places)| row(what, &ImagePlace::in_words(places))));
    let schema = serde_json::to_string_pretty(&info.schema).unwrap_or_default();
    format!("{}takes under `with` (JSON Schema)\n{schema}\n", table(&rows))
}
