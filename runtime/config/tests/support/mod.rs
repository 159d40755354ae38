//! Runs the cases under `tests/cases`: a file and, beside it, what windlass makes of it. `BLESS=1` writes the expectations.

pub mod describe;

use std::path::{Path, PathBuf};
use windlass_config::{Context, Source, Style, load, load_settings};

/// Checks one case, `group/name` without the ending.
pub fn check(case: &str) {
    let input = path(case, "yml");
    let text = std::fs::read(&input).unwrap_or_else(|error| panic!("{}: {error}", input.display()));
    let name = format!("{}.yml", case.rsplit('/').next().unwrap_or_default());
    let found = outcome(&Source::new(name, text), case.starts_with("settings/"));
    let expected_at = path(case, "out");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&expected_at, found).unwrap_or_else(|error| panic!("{}: {error}", expected_at.display()));
        return;
    }
    let expected = std::fs::read_to_string(&expected_at)
        .unwrap_or_else(|error| panic!("{}: {error}; run with BLESS=1 to write it", expected_at.display()));
    assert!(found == expected, "{case} came out as\n{found}\nbut {} has\n{expected}", expected_at.display());
}

fn path(case: &str, ending: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(format!("{case}.{ending}"))
}

/// Every case there is, to compare with those that tests name.
pub fn all() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let names = |dir: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(dir).into_iter().flatten().filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
    };
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut cases: Vec<String> = names(&root)
        .iter()
        .flat_map(|group| names(group).into_iter().map(|file| format!("{}/{}", stem(group), stem(&file))).collect::<Vec<_>>())
        .collect();
    cases.sort();
    cases.dedup();
    cases
}

fn outcome(source: &Source, settings: bool) -> String {
    if settings {
        return match load_settings(source) {
            Ok(settings) => format!("{settings:#?}\n"),
            Err(problems) => problems.render(Style::Plain, Some(120)),
        };
    }
    match load(source, &context(&String::from_utf8_lossy(&source.text))) {
        Ok(configuration) => {
            let mut out = describe::tasks(&configuration.tasks);
            if !configuration.warnings.is_empty() {
                out.push('\n');
                out.push_str(&configuration.warnings.render(Style::Plain, Some(120)));
            }
            out
        }
        Err(problems) => problems.render(Style::Plain, Some(120)),
    }
}

/// What a case is given, from its comments: `#: given NAME=value`, `#: default NAME=value`, `#: override NAME=value`,
/// `#: changed path…`, `#: strict`.
fn context(text: &str) -> Context {
    let mut context = Context::default();
    for line in text.lines().filter_map(|line| line.strip_prefix("#: ")) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let pair = rest.split_once('=').map(|(name, value)| (name.to_owned(), value.replace("\\n", "\n")));
        match (word, pair) {
            ("given", Some((name, value))) => drop(context.built_in.insert(name, value)),
            ("default", Some((name, value))) => drop(context.defaults.insert(name, value)),
            ("override", Some((name, value))) => drop(context.overrides.insert(name, value)),
            ("changed", _) => context.changed_files = Some(rest.split_whitespace().map(str::to_owned).collect()),
            ("strict", _) => context.strict = true,
            _ => panic!("the case says `{line}`, which means nothing"),
        }
    }
    context
}
