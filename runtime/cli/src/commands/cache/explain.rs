//! `cache explain`: why the last run did or did not restore a cache.

use serde_json::json;
use windlass_cache_store::{Difference, Line, Looked, Noted, Store, Why, explain};
use windlass_model::text::one_line;

use super::list::ago;
use crate::args::{Global, TableFormat};
use crate::failure::Failure;
use crate::project::home_of;
use crate::{caches, output};

pub(super) async fn run(global: &Global, wanted: Option<&str>, format: TableFormat) -> Result<(), Failure> {
    let attempts = caches::attempts(&home_of(global).unwrap_or_default())?.last()?;
    let chosen = choose(attempts, wanted)?;
    let kept = caches::of_project(global).await?;
    // Without the store, what the run itself was told is still worth saying.
    let items = match list(&kept).await {
        Ok(items) => items,
        Err(failure) => {
            output::line(&format!("warning: {}", failure.causes()));
            Vec::new()
        }
    };
    let days = kept.settings.expire_days();
    let explained: Vec<(Noted, Why)> = chosen
        .into_iter()
        .map(|noted| {
            let why = explain(&noted, &items, days);
            (noted, why)
        })
        .collect();
    match format {
        TableFormat::Json => {
            let record = |(noted, why): &(Noted, Why)| json!({ "last": noted.last, "why": why });
            output::json(&explained.iter().map(record).collect::<Vec<_>>())
        }
        TableFormat::Text => output::text(&explained.iter().map(|(noted, why)| text(noted, why)).collect::<String>()),
    }
}

async fn list(kept: &caches::Kept) -> Result<Vec<windlass_cache_store::Item>, Failure> {
    Ok(Store::open(&kept.location(), &kept.stores).await?.list().await?.items)
}

/// The attempts that are meant: by the cache's name, or the task's name before it.
fn choose(attempts: Vec<Noted>, wanted: Option<&str>) -> Result<Vec<Noted>, Failure> {
    let name = |noted: &Noted| format!("{}/{}", noted.last.task, noted.last.name);
    let known: Vec<String> = attempts.iter().map(name).collect();
    let is_meant = |noted: &Noted| wanted.is_none_or(|wanted| noted.last.name == wanted || name(noted) == wanted);
    let chosen: Vec<Noted> = attempts.into_iter().filter(is_meant).collect();
    match (chosen.is_empty(), wanted) {
        (false, _) => Ok(chosen),
        (true, None) => Err(Failure::usage("no run of this project has looked for a cache on this machine", "windlass run does")),
        (true, Some(wanted)) if known.is_empty() => {
            Err(Failure::usage(format!("no run on this machine has looked for the cache {wanted}"), "windlass run does"))
        }
        (true, Some(wanted)) => {
            let message = format!("the last runs have not looked for a cache {wanted}");
            Err(Failure::usage(message, format!("they have looked for {}", known.join(", "))))
        }
    }
}

fn text(noted: &Noted, why: &Why) -> String {
    let last = &noted.last;
    let mut text = format!("{} of {}, in run {}: ", one_line(&last.name), one_line(&last.task), one_line(&last.run));
    if let Looked::Optimistic { key, .. } = &last.result {
        text.push_str(&format!("restored from the newest of its name, {}; under its own key ", one_line(key)));
    }
    text.push_str(&sentence(why));
    text.push_str(&format!("\n  its key: {}\n", one_line(&last.key)));
    if let Why::OtherKey { key, difference, .. } = why {
        text.push_str(&format!("  the key there: {}\n", one_line(key)));
        text.push_str(&lines(difference.as_ref()));
    }
    text
}

fn sentence(why: &Why) -> String {
    match why {
        Why::Restored { scope } => format!("restored from {}", one_line(scope)),
        Why::Store { problem } => format!("not restored: {}", one_line(problem)),
        Why::Unusable { reason } => format!("not restored: {}", one_line(&reason.to_string())),
        Why::Expired { after } => {
            format!("not restored: it was stored once, and nobody read it for more than {after} days (`cache: {{expire}}`)")
        }
        Why::Removed { last_run } => {
            format!("not restored: it was there in run {}, and was removed since, by hand or to make room", one_line(last_run))
        }
        Why::NothingOfName => "not restored: there is nothing of this name in the store".to_owned(),
        Why::OtherScopes { scopes } => {
            let scopes = scopes.join(", ");
            format!("not restored: there is something of this name only where this run does not read: {}", one_line(&scopes))
        }
        Why::OtherKey { scope, created, .. } => {
            let stored = ago(windlass_cache_store::Caches::now(), *created);
            format!("not restored: the newest of this name, stored {stored} in {}, has another key", one_line(scope))
        }
        Why::StoredSince { run } => format!("not restored: it is there now; run {} has stored it since", one_line(run)),
    }
}

/// What differs between the fingerprints.
fn lines(difference: Option<&Difference>) -> String {
    let Some(difference) = difference else {
        return "  one of both keys is not made of a fingerprint script's output, so there is nothing to compare\n".to_owned();
    };
    let mut text = String::new();
    for line in &difference.lines {
        let (sign, line) = match line {
            Line::Old(line) => ('-', line),
            Line::New(line) => ('+', line),
        };
        text.push_str(&format!("  {sign} {}\n", one_line(line)));
    }
    if difference.more > 0 {
        text.push_str(&format!("  and {} lines more\n", difference.more));
    }
    if difference.lines.is_empty() {
        let where_else = if difference.whole { "in their order, or in how lines end" } else { "behind the part that is kept" };
        text.push_str(&format!("  the outputs of both fingerprint scripts differ {where_else}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use windlass_cache_store::{Attempt, Looked, Miss};

    use super::*;

    fn noted(task: &str, name: &str) -> Noted {
        let (run, key) = ("abcd2345".to_owned(), "deps-0123".to_owned());
        let result = Looked::Miss { reason: Miss::Absent };
        let last =
            Attempt { run, task: task.into(), name: name.into(), key, scopes: Vec::new(), result, fingerprint: None, time: 0 };
        Noted { last, stored: false, before: None }
    }

    #[test]
    fn a_cache_is_named_alone_or_with_its_task() {
        let all = || vec![noted("test", "deps"), noted("lint/fast", "deps"), noted("test", "other")];
        let count = |wanted| choose(all(), wanted).map(|chosen| chosen.len()).ok();
        assert_eq!((count(None), count(Some("deps")), count(Some("lint/fast/deps"))), (Some(3), Some(2), Some(1)));
        let told = choose(all(), Some("dep")).map_err(|error| error.render());
        assert!(told.is_err_and(|told| told.contains("they have looked for test/deps, lint/fast/deps, test/other")));
    }

    #[test]
    fn what_differs_is_shown_line_by_line_and_no_line_is_more_than_one() {
        let difference =
            Difference { lines: vec![Line::Old("lock 1".into()), Line::New("lock\u{1b}[31m 2".into())], more: 3, whole: true };
        let why = Why::OtherKey { key: "deps-9".into(), scope: "app@main".into(), created: 0, difference: Some(difference) };
        let shown = text(&noted("test", "deps"), &why);
        assert!(
            shown.contains("  - lock 1\n  + lock") && shown.contains("and 3 lines more") && !shown.contains('\u{1b}'),
            "{shown}"
        );
        assert!(shown.contains("the key there: deps-9") && shown.lines().count() == 6, "{shown}");
    }
}
