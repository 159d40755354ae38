//! `plugin test`: a plugin against a scripted pod.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use windlass_plugin_kit::component_of;
use windlass_plugin_test::{Outcome, Subject, Suite, Test, read};

use crate::args::TestArgs;
use crate::failure::{self, Failure};
use crate::output;
use crate::plugins::compiling;

/// A component of this size is no plugin.
const MAX_BYTES: u64 = 128 << 20;

/// Runs the tests of a plugin; answers with an exit code.
///
/// # Errors
/// When there is no component or it is none, a case is wrong, or no test has the name.
pub(super) async fn run(args: &TestArgs) -> Result<u8, Failure> {
    let Found { component, cases } = find(args)?;
    let bytes = windlass_files::named(&component, MAX_BYTES).map_err(|error| {
        Failure::usage(format!("{} cannot be read: {error}", component.display()), "`windlass plugin build` makes it")
    })?;
    let cases = match &cases {
        Some(directory) => read(directory).map_err(|error| Failure::usage(failure::causes(&error), CASES))?,
        None => Vec::new(),
    };
    let file = component.display().to_string();
    let loaded = Subject::load_telling(bytes, &file, windlass_plugin_host::default_cache(), Some(compiling())).await;
    let subject = loaded.map_err(|error| Failure::usage(failure::causes(&error), "`windlass plugin build` makes a component"))?;
    let known = format!("{} {}", subject.info().name, subject.info().version);
    let suite = Suite::new(subject, cases, args.seed);
    let (tests, left_out) = chosen(&suite, args)?;
    if args.list {
        let names: String = tests.iter().map(|test| format!("{}\n", test.name)).collect();
        output::text(&names)?;
        return Ok(0);
    }
    let count = if tests.len() == 1 { "1 test".to_owned() } else { format!("{} tests", tests.len()) };
    output::text(&format!("running {count} of {known} (seed {})\n", args.seed))?;
    let mut failed = Vec::new();
    let mut ignored = 0;
    for test in &tests {
        let ended = match suite.run(test).await {
            Outcome::Passed => "ok".to_owned(),
            Outcome::Ignored(why) => {
                ignored += 1;
                format!("ignored, {why}")
            }
            Outcome::Failed(problems) => {
                failed.push((test, problems));
                "FAILED".to_owned()
            }
        };
        output::text(&format!("test {} ... {ended}\n", test.name))?;
    }
    output::text(&told(&failed))?;
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    let passed = tests.len() - failed.len() - ignored;
    let (failures, filtered) = (failed.len(), left_out);
    output::text(&format!(
        "\ntest result: {word}. {passed} passed; {failures} failed; {ignored} ignored; {filtered} filtered out\n"
    ))?;
    Ok(u8::from(!failed.is_empty()))
}

const CASES: &str = "tests/first.yaml of a project that windlass plugin new writes is a case; besides `name`, a case has `with`, `grants`, `environment`, \
                     `secrets`, `workspace`, `registries`, `requests`, `images`, `container`, `containers` and `expect`";

/// What is tested, with what.
struct Found {
    component: PathBuf,
    cases: Option<PathBuf>,
}

fn find(args: &TestArgs) -> Result<Found, Failure> {
    let is_component = args.plugin.extension().is_some_and(|extension| extension == "wasm") && !args.plugin.is_dir();
    if let Some(directory) = args.cases.as_ref().filter(|directory| !directory.is_dir()) {
        return Err(Failure::usage(
            format!("{} is no directory", directory.display()),
            "--cases takes the directory with the cases",
        ));
    }
    if is_component {
        return Ok(Found { component: args.plugin.clone(), cases: args.cases.clone() });
    }
    let component = component_of(&args.plugin).map_err(|error| {
        Failure::usage(failure::causes(&error), "`windlass plugin test` takes a project that was built, or a component")
    })?;
    let cases = args.cases.clone().or_else(|| of_project(&args.plugin));
    Ok(Found { component, cases })
}

fn of_project(directory: &Path) -> Option<PathBuf> {
    Some(directory.join("tests")).filter(|tests| tests.is_dir())
}

/// The tests whose name fits, and how many others there are.
fn chosen(suite: &Suite, args: &TestArgs) -> Result<(Vec<Test>, usize), Failure> {
    let all = suite.tests();
    let count = all.len();
    let Some(filter) = &args.filter else { return Ok((all, 0)) };
    let chosen: Vec<Test> = all.into_iter().filter(|test| test.name.contains(filter)).collect();
    if chosen.is_empty() {
        return Err(Failure::usage(
            format!("no test has {filter:?} in its name"),
            "windlass plugin test --list shows their names",
        ));
    }
    let left_out = count - chosen.len();
    Ok((chosen, left_out))
}

/// What failed, at the end, where it is read.
fn told(failed: &[(&Test, Vec<String>)]) -> String {
    let mut text = String::new();
    if failed.is_empty() {
        return text;
    }
    text.push_str("\nfailures:\n");
    for (test, problems) in failed {
        let _ = write!(text, "\n---- {} ----\n", test.name);
        problems.iter().for_each(|problem| {
            let _ = writeln!(text, "{problem}");
        });
    }
    text
}
