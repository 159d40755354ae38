//! A plugin for people.

use windlass_model::plugin::PluginInfo;

use super::table;

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
    if !info.honours.is_empty() {
        rows.push(row("honours", &info.honours.join(", ")));
    }
    let schema = serde_json::to_string_pretty(&info.schema).unwrap_or_default();
    format!("{}takes under `with` (JSON Schema)\n{schema}\n", table(&rows))
}
