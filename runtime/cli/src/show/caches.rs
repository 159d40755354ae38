//! Caches in a plan: where they are, what each depends on, and what happens without an entry.

use windlass_model::cache::{CachePlan, KeyPlan};
use windlass_model::plan::{PluginCall, StepAction, TaskPlan};
use windlass_model::text::{one_line, size};

use super::plan::call_lines;

/// Where the caches of a task are, and whose entries it sees; nothing for a task without caches.
pub(super) fn access(task: &TaskPlan) -> Option<String> {
    let access = task.caches.as_ref()?;
    let is_cache = |action: &StepAction| matches!(action, StepAction::Cache(_) | StepAction::UploadCache(_));
    if !task.steps.iter().any(|step| is_cache(&step.action)) {
        return None;
    }
    let store = match access.store.to_string() {
        store if store == "dir:" => "your cache directory".to_owned(),
        store => one_line(&store).into_owned(),
    };
    let name = |scope: &dyn std::fmt::Display| one_line(&scope.to_string()).into_owned();
    let read: Vec<String> = access.read.iter().map(|scope| name(scope)).collect();
    let (read, write, most) = (read.join(", then "), name(&access.write), size(access.max_size.bytes()));
    Some(format!("in {store}; reads {read}; writes {write}; at most {most}, kept {} days", access.expire_days))
}

/// What a cache instruction does.
pub(super) fn restores(cache: &CachePlan, has_store: bool) -> String {
    let folders: Vec<_> = cache.folders.iter().map(|folder| one_line(folder)).collect();
    let miss = match &cache.populate {
        Some(_) => "its populate_script makes it",
        None => "it starts empty",
    };
    if !has_store {
        return format!("{}: nothing is restored; {miss}", folders.join(", "));
    }
    let key = match &cache.key {
        KeyPlan::Fingerprint(_) => "the output of its fingerprint_script".to_owned(),
        KeyPlan::Key(text) => format!("the key {}", one_line(text)),
        KeyPlan::Task(_) => "the task's name".to_owned(),
    };
    let newest = if cache.optimistically_restore_on_miss { "the newest of its name; else " } else { "" };
    let again = if cache.reupload_on_changes { "; stored again when it changed" } else { "" };
    format!("restores {} by {key}; without an entry, {newest}{miss}{again}", folders.join(", "))
}

/// What an upload does.
pub(super) fn stores(name: &str, task: &TaskPlan) -> String {
    match task.caches {
        Some(_) => format!("stores the cache {}, if there is a reason to", one_line(name)),
        None => format!("stores nothing: the cache {} has no store", one_line(name)),
    }
}

/// Its scripts, each with what its plugin may do.
pub(super) fn scripts(task: &TaskPlan, cache: &CachePlan) -> Vec<String> {
    let of_key = match &cache.key {
        KeyPlan::Fingerprint(call) => Some(("fingerprint_script", &**call)),
        KeyPlan::Key(_) | KeyPlan::Task(_) => None,
    };
    let scripts = of_key.into_iter().chain(cache.populate.as_deref().map(|call| ("populate_script", call)));
    let lines = |(key, call): (&str, &PluginCall)| {
        let (what, below) = call_lines(task, call);
        std::iter::once(format!("{key}: {what}")).chain(below.into_iter().map(|line| format!("  {line}"))).collect::<Vec<_>>()
    };
    scripts.flat_map(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(key: KeyPlan) -> CachePlan {
        CachePlan {
            name: "node".into(),
            folders: vec!["~/.npm".into(), "a\u{1b}[2J".into()],
            key,
            populate: None,
            reupload_on_changes: true,
            optimistically_restore_on_miss: true,
        }
    }

    #[test]
    fn a_plan_says_what_a_cache_depends_on_and_what_a_miss_comes_to() {
        let text = restores(&cache(KeyPlan::Key("k-1".into())), true);
        for part in ["restores ~/.npm, ", "by the key k-1;", "the newest of its name; else it starts empty", "stored again"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(restores(&cache(KeyPlan::Task("t".into())), false).contains("nothing is restored"));
    }
}
