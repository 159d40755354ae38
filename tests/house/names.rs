//! Which files may name a built-in plugin.

use super::lines_of;

/// Where windlass may name a built-in plugin: which of them has which role, and what shows how the command line is used.
const NAMES_OF_PLUGINS: &[(&str, &str)] = &[
    ("runtime/assets/src/lib.rs", "the table of roles"),
    ("runtime/engine/src/planner/fixture.rs", "the same for tests"),
    ("runtime/cli/src/args/examples.rs", "examples of commands"),
    ("runtime/cli/src/args/plugin.rs", "examples of commands"),
    ("runtime/cli/src/args/value.rs", "how an option is written"),
];

/// A program of the same name, which no plugin is meant by.
const PROGRAMS: &[(&str, &str)] =
    &[("runtime/cli/src/commands/init/from/skaffold.rs", "kaniko"), ("runtime/recogniser/src/pushes.rs", "buildah")];

/// What windlass has to know of a plugin, its manifest says; who does what by default is one table. So nothing is decided by a name.
#[test]
fn nothing_is_decided_by_the_name_of_a_plugin() {
    let is_code = |file: &str| file.starts_with("runtime/") && file.ends_with(".rs") && !file.contains("/tests");
    let mut named = Vec::new();
    let mut seen = 0;
    let (mut of, mut in_tests) = (String::new(), false);
    for (file, line) in lines_of(is_code) {
        if file != of {
            (of, in_tests) = (file.clone(), false);
        }
        in_tests |= line.starts_with("mod tests {");
        let code = line.split("//").next().unwrap_or_default();
        for (name, _) in windlass_assets::PLUGINS.iter().filter(|(name, _)| names(code, name)) {
            seen += 1;
            let excepted = NAMES_OF_PLUGINS.iter().any(|(excepted, _)| *excepted == file);
            if !in_tests && !excepted && !PROGRAMS.contains(&(file.as_str(), name)) {
                named.push(format!("{file}: {}", line.trim()));
            }
        }
    }
    assert!(seen >= 10, "what is looked for is found: {seen}");
    assert!(named.is_empty(), "these name a built-in plugin: {named:#?}");
}

/// Whether code names something: in quotes, in backticks, after `=` or after `uses: `. A name without a `-` is a word of the language, too.
fn names(code: &str, name: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (code.get(..at).unwrap_or_default(), code.get(at + name.len()..).unwrap_or_default());
        let begins = before.ends_with(['"', '`', '=']) || before.ends_with("uses: ") || before.ends_with("uses ");
        begins && !after.starts_with(is_name)
    })
}
