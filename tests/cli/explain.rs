//! `windlass explain`: what its pages say is true.

use super::support::Project;
use super::{project, says};

/// Kinds that a few lines of a task file cannot show: they are about whole files, other files, or one run.
const WITHOUT_EXAMPLE: [&str; 11] = [
    "too-large",
    "not-text",
    "misplaced-key",
    "empty-variable",
    "dropped-dependency",
    "old-name",
    "not-granted",
    "policy",
    "not-planned",
    "unusable-file",
    "unknown-context",
];

/// The indented lines below a heading of a page.
fn example(page: &str, heading: &str) -> Option<String> {
    let (_, below) = page.split_once(&format!("\n{heading}:\n"))?;
    let lines = below.lines().take_while(|line| line.starts_with("    "));
    Some(lines.map(|line| format!("{}\n", &line[4..])).collect())
}

/// The codes of the problems that `check` finds in a file.
fn codes(file: &str) -> Vec<String> {
    let project = Project::new(&[(".cirrus.yml", file), ("Dockerfile", "FROM scratch\n")]);
    project.commit();
    let outcome = project.windlass(&["check", "--output", "json"]);
    let problems: serde_json::Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stderr));
    problems.as_array().expect("a list").iter().map(|problem| problem["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn each_page_shows_a_file_with_the_problem_and_one_without() {
    let anywhere = project("");
    let all: serde_json::Value =
        serde_json::from_str(&anywhere.windlass(&["explain", "--output", "json"]).exits(0).stdout).expect("JSON");
    let mut without = Vec::new();
    for entry in all.as_array().expect("a list") {
        let code = entry["code"].as_str().expect("a code");
        let page = anywhere.windlass(&["explain", code]).exits(0).stdout;
        assert!(page.starts_with(&format!("{code}: {}\n\n", entry["title"].as_str().expect("a title"))), "{page}");
        let (Some(wrong), Some(right)) = (example(&page, "Wrong"), example(&page, "Right")) else {
            without.push(code.to_owned());
            continue;
        };
        let found = codes(&wrong);
        assert!(found.iter().any(|one| one == code), "{code}: {found:?}\n{wrong}");
        assert_eq!(codes(&right), Vec::<String>::new(), "{code}\n{right}");
    }
    assert_eq!(without, WITHOUT_EXAMPLE);
}

#[test]
fn a_word_that_is_no_kind_is_refused_with_the_near_one() {
    says(&project("").windlass(&["explain", "unknown-keys"]).exits(2).stderr, &["unknown-keys", "did you mean `unknown-key`?"]);
    let list = project("").windlass(&["explain"]).exits(0).stdout;
    says(&list, &["unknown-key ", "A key that nothing reads\n", "not-a-task "]);
}
