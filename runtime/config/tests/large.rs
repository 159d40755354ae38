//! What large projects have is read: many changed files, and conditions that every task asks again.

use windlass_config::{Context, Source, load};

/// A monorepo with a task for each of its parts, after a merge that touched thousands of files. Asked again for each task, the
/// patterns would be refused for what they cost.
#[test]
fn many_changed_files_and_many_conditions_are_read() {
    let changed: Vec<String> = (0..3_000).map(|at| format!("services/s{}/src/package/file{at}.rs", at % 100)).collect();
    let shared = "changesInclude('docs/**', '**/*.md', 'Makefile', 'tools/**/*.{sh,py}') || $CIRRUS_BRANCH =~ 'release/.*'";
    let tasks: String = (0..150)
        .map(|at| {
            format!("t{at}_task:\n  env: {{PART: s{at}}}\n  only_if: \"changesInclude('services/$PART/**') || {shared}\"\n  a_script: x\n")
        })
        .collect();
    let text = format!("container: {{image: x}}\n{tasks}");
    let context = Context { changed_files: Some(changed), ..Context::default() };
    let read = load(&Source::new("large.yml", text), &context).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(read.tasks.len(), 100, "those whose part changed");
}
