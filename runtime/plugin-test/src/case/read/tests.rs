use super::*;

fn wrong(text: &str) -> String {
    match parse(Path::new("tests/a.yaml"), text) {
        Err(error) => error.to_string(),
        Ok(cases) => panic!("it was taken: {cases:?}"),
    }
}

#[test]
fn a_mistake_is_told_with_its_place_and_what_to_write() {
    for (text, place, said) in [
        ("name: a\nwiht: {}\n", ":2:1", "did you mean `with`?"),
        ("name: a\nexpect:\n  resutl: ok\n", ":3:3", "did you mean `result`?"),
        ("name: a\nexpect: {result: okay}\n", ":2:", "unknown variant `okay`"),
        ("name: a\nexpect:\n  result: {fialed: x}\n", ":3:", "did you mean `failed`?"),
        ("name: a\ncontainers:\n  main:\n    commands:\n      - {run: a, exti: 1}\n", ":5:", "did you mean `exit`?"),
        ("name: a\ncontainers: {main: {commands: [{run: []}]}}\n", ":2:", "at least one word"),
        ("name: a\ncontainers: {main: {commands: [{run: x, times: 0}]}}\n", ":2:", "a number from 1 on, or `any`"),
        ("name: a\ngrants: [contianers]\n", ":2:", "did you mean `containers`?"),
        ("name: a\ngrants: [{secrets: 3}]\n", ":2:", "secrets"),
        ("name: a\nenvironment: {V: 1.10}\n", ":2:", "put it in quotes"),
        ("name: a\nexpect: {files: {main: {/x: {contain: y}}}}\n", ":2:", "{contains: TEXT}"),
        ("name: a\nimages: [{location: {layuot: /x}}]\n", ":2:", "did you mean `layout`?"),
        ("name: a\nimages: [{location: pushed, digest: sha256:x}]\n", ":2:", "sha256"),
        ("name: a\nexpect: {annotations: [{path: x, level: info}]}\n", ":2:", "there are: path, line, severity, message"),
        ("name: a\nexpect: {annotations: [{path: x, severity: info}]}\n", ":2:", "there are: notice, warning, error"),
        ("with: {}\n", "", "missing field `name`"),
        ("name: ''\n", "", "`name` says on one line"),
        ("name: a\nregistries: [{host: x, username: y}]\n", "", "`username` and a `secret`"),
        ("name: a\nsecrets: {T: abc}\n", "", "too short to be masked"),
        ("name: a\n---\nname: b\nwhat: 1\n", ":4:1", "unknown field `what`"),
        ("name: [a\n", ":", "tests/a.yaml"),
    ] {
        let told = wrong(text);
        assert!(told.starts_with(&format!("tests/a.yaml{place}")) && told.contains(said), "{text}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

/// The value is the one thing that is not repeated.
#[test]
fn a_secret_is_in_no_message() {
    let told = wrong("name: a\nsecrets: {T: [hunter22]}\n");
    assert!(!told.contains("hunter22"), "{told}");
    let cases = parse(Path::new("a.yaml"), "name: a\nsecrets: {T: hunter22}\n").unwrap_or_else(|e| panic!("{e}"));
    assert!(!format!("{cases:?}").contains("hunter22"), "{cases:?}");
}

#[test]
fn files_are_read_in_order_and_names_are_told_apart() {
    let directory = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).expect("a file");
    write("b.yml", "name: two\n---\nname: three\n");
    write("a.yaml", "name: one\n");
    write("notes.txt", "what: ever\n");
    let names = || read(directory.path()).map(|cases| cases.into_iter().map(|case| case.name).collect::<Vec<_>>());
    assert_eq!(names().unwrap_or_else(|e| panic!("{e}")), ["one", "two", "three"]);
    write("c.yaml", "name: one\n");
    let told = names().err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("c.yaml: ") && told.contains("a.yaml has a case `one`, too"), "{told}");
    assert_eq!(read(&directory.path().join("none")).unwrap_or_else(|e| panic!("{e}")).len(), 0);
}
