//! Each language from an empty directory to a component that windlass takes, with what the registries of packages serve.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::time::Instant;

use support::{Project, failures, inspect, words};
use windlass_model::plugin::Power;
use windlass_plugin_kit::KINDS;

/// A plugin of each kind has exactly the powers that were named: all of them, one that brings along the types of another, and none. A build
/// fails where that is not so; of some, windlass says it too.
fn has_the_powers_that_were_named(language: &str) {
    for (kind, known) in KINDS {
        let all: Vec<Power> = Power::ALL.into_iter().filter(|power| known.powers().contains(power)).collect();
        // One that uses the types of another.
        let one = if all.contains(&Power::Containers) { Power::Containers } else { Power::Http };
        for powers in [&all[..], &[one], &[]] {
            let all_of_a_step = kind == "step" && powers.len() > 1;
            let types_of_another = matches!(kind, "login" | "config") && powers.len() == 1;
            // It takes half a minute to build and to compile.
            if language == "python" && !all_of_a_step && !(types_of_another && kind == "login") {
                continue;
            }
            let project = Project::new(language, kind, powers);
            let started = Instant::now();
            let built = project.built();
            println!("{language} {kind}: {} bytes, {:.1?} to build", built.size, started.elapsed());
            assert_eq!(built.component, project.path().canonicalize().expect("it is there").join("target/vault-scan.wasm"));
            assert_eq!(built.unused, [], "{language} {kind} {powers:?}");
            let said = project.said.borrow();
            assert!(!said.iter().any(|line| line.contains("anew")), "a new project is up to date: {said:?}");
            if all_of_a_step || types_of_another {
                let started = Instant::now();
                let info = inspect(&built.component);
                println!("{language} {kind}: {:.1?} to compile", started.elapsed());
                assert_eq!(info.asks.list().collect::<Vec<_>>(), powers, "{language} {kind}");
                assert_eq!((info.name.as_str(), info.kind.to_string().as_str(), info.digest), ("vault-scan", kind, built.digest));
                assert_eq!(info.reasons.len(), powers.len(), "each power has its reason");
            }
        }
    }
}

/// The same source makes the same bytes, elsewhere too.
fn makes_the_same_bytes_twice(language: &str) {
    let powers = [Power::Containers, Power::WorkspaceRead];
    let first = Project::new(language, "step", &powers);
    let digest = first.built().digest;
    assert_eq!(first.built().digest, digest, "in the same place");
    assert_eq!(Project::new(language, "step", &powers).built().digest, digest, "in another place");
}

/// Cargo would ask for a word that nobody has given: `--locked` is this recipe's.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn a_rust_project_may_raise_its_version() {
    let project = Project::new("rust", "step", &[]);
    project.built();
    project.replace("Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\"");
    assert_eq!(inspect(&project.built().component).version, "0.2.0");
    assert!(project.said.borrow().iter().any(|line| line.starts_with("Cargo.lock has changed")), "{:?}", project.said.borrow());
}

#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn rust_has_the_powers_that_were_named() {
    has_the_powers_that_were_named("rust");
}

#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn go_has_the_powers_that_were_named() {
    has_the_powers_that_were_named("go");
}

/// Editors format what they save: a new project would show changes that nobody made.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn a_new_go_project_is_formatted() {
    let each = Power::ALL.map(|power| vec![power]).into_iter();
    for powers in [Vec::new(), Power::ALL.to_vec()].into_iter().chain(each) {
        for (kind, known) in KINDS {
            let powers: Vec<Power> = powers.iter().copied().filter(|power| known.powers().contains(power)).collect();
            let project = Project::new("go", kind, &powers);
            let told =
                std::process::Command::new("gofmt").arg("-d").arg(project.path().join("plugin.go")).output().expect("gofmt");
            assert!(
                told.status.success() && told.stdout.is_empty(),
                "{kind} {powers:?}: {}",
                String::from_utf8_lossy(&told.stdout)
            );
        }
    }
}

#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn javascript_has_the_powers_that_were_named() {
    has_the_powers_that_were_named("javascript");
}

#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn python_has_the_powers_that_were_named() {
    has_the_powers_that_were_named("python");
}

/// A new project passes its own first case and what is asked of every plugin, in every language, of every kind, with all powers and with none.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn a_new_project_passes_its_tests() {
    for language in ["rust", "go", "javascript", "python"] {
        for (kind, known) in KINDS {
            for powers in [known.powers(), &[]] {
                // It takes half a minute to build and to compile.
                if language == "python" && powers.is_empty() != (kind == "push") {
                    continue;
                }
                let project = Project::new(language, kind, powers);
                let component = project.built().component;
                let started = Instant::now();
                let failed = failures(&component, &project.path().join("tests"));
                println!("{language} {kind}: {:.1?} to test, the compiler included", started.elapsed());
                assert_eq!(failed, [""; 0], "{language} {kind}");
            }
        }
    }
}

#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn rust_and_go_make_the_same_bytes_twice() {
    makes_the_same_bytes_twice("rust");
    makes_the_same_bytes_twice("go");
}

/// WASI that the code asks for itself is refused by name.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn code_that_imports_wasi_is_refused() {
    let rust = Project::new("rust", "step", &[]);
    let call = "#[link(wasm_import_module = \"wasi_snapshot_preview1\")]\nunsafe extern \"C\" {\n    fn random_get(at: *mut u8, length: usize) -> \
                u16;\n}\n\nstruct VaultScanPlugin;";
    rust.replace("src/lib.rs", "struct VaultScanPlugin;", call);
    rust.replace(
        "src/lib.rs",
        "log::info(format!(\"hello",
        "let mut byte = 0;\n        unsafe { random_get(&mut byte, 1) };\n        log::info(format!(\"hello",
    );
    let error = words(&rust.build().expect_err("it is refused"));
    assert!(error.starts_with("it imports `wasi:"), "{error}");

    let go = Project::new("go", "step", &[]);
    go.replace(
        "plugin.go",
        "// Run does the work.",
        "//go:wasmimport wasi:random/random@0.2.3 get-random-u64\nfunc random() uint64\n\n// Run does the work.",
    );
    go.replace("plugin.go", "fmt.Sprintf(\"hello, %s\", with.Name)", "fmt.Sprintf(\"hello, %s %d\", with.Name, random())");
    let error = words(&go.build().expect_err("it is refused"));
    assert!(error.contains("wasi:random/random@0.2.3"), "{error}");
    assert!(!go.path().join("target/vault-scan.wasm").exists(), "nothing is left");
}

/// A warning of a build that is good is for the author, too, each time.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn warnings_of_a_good_build_are_kept() {
    let project = Project::new("rust", "step", &[]);
    assert_eq!(project.built().warnings, "", "a new project has none");
    project.replace("src/lib.rs", "struct VaultScanPlugin;", "fn nobody_calls_me() {}\n\nstruct VaultScanPlugin;");
    for _ in 0..2 {
        let warnings = project.built().warnings;
        assert!(warnings.contains("nobody_calls_me") && !warnings.contains("Finished"), "{warnings}");
    }
}

/// The compiler's own words reach the author.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn a_mistake_in_the_source_is_shown_as_the_compiler_says_it() {
    for (language, file, from, to, said) in [
        ("rust", "src/lib.rs", "log::info", "log::inform", "cannot find function `inform`"),
        ("go", "plugin.go", "host.Level_Info", "host.Level_Inform", "undefined: host.Level_Inform"),
        ("javascript", "src/plugin.mjs", "export const", "export cnst", "plugin.mjs"),
        ("python", "src/plugin.py", "import json", "import jsn", "No module named 'jsn'"),
    ] {
        let project = Project::new(language, "step", &[]);
        project.replace(file, from, to);
        let error = project.build().expect_err("it does not compile");
        let compiler = error.compiler().unwrap_or_else(|| panic!("{language}: {}", words(&error)));
        assert!(compiler.contains(said), "{language}: {compiler}");
        assert!(!words(&error).contains(said), "what a compiler says has lines of its own");
        assert!(!project.path().join("target/vault-scan.wasm").exists(), "{language}");
    }
}

/// What the code uses and the manifest does not name is refused; what the manifest names and the code does not use is said.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn the_manifest_and_the_code_must_agree() {
    let rust = Project::new("rust", "step", &[Power::Environment]);
    rust.replace("src/lib.rs", "\"environment\": \"looks at a variable\",", "\"registries\": \"\",");
    let error = words(&rust.build().expect_err("it is refused"));
    assert!(error.starts_with("it uses the power `environment`, which its manifest does not ask for"), "{error}");

    let go = Project::new("go", "step", &[Power::Environment]);
    go.replace("windlass-plugin.yaml", "  environment: looks at a variable", "  environment: looks\n  registries: knows");
    let built = go.built();
    assert_eq!(built.unused, [Power::Registries]);
    assert_eq!(inspect(&built.component).asks.list().collect::<Vec<_>>(), [Power::Environment]);
    assert!(go.said.borrow().iter().any(|line| line.starts_with("wit/world.wit")), "{:?}", go.said.borrow());
    assert!(go.read("wit/world.wit").contains("registries"));
    assert!(go.path().join("bindings/windlass_plugin_registries").is_dir());
    go.replace("windlass-plugin.yaml", "\n  registries: knows", "");
    assert_eq!(go.built().unused, []);
    assert!(!go.path().join("bindings/windlass_plugin_registries").exists());

    // A component of an interpreter imports all of its world, so the source says what is used.
    let javascript = Project::new("javascript", "step", &[Power::Environment]);
    javascript.replace("windlass-plugin.yaml", "  environment: looks at a variable", "  environment: looks\n  registries: knows");
    assert_eq!(javascript.built().unused, [Power::Registries]);
}

/// A compiler's words for a power that is not named lead nobody to the manifest.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn a_power_that_is_not_named_is_told_in_the_same_words_everywhere() {
    for (language, file) in
        [("go", "windlass-plugin.yaml"), ("javascript", "windlass-plugin.yaml"), ("python", "windlass-plugin.yaml")]
    {
        let project = Project::new(language, "step", &[Power::Environment]);
        project.replace(file, "powers:\n  environment: looks at a variable\n", "");
        let error = project.build().expect_err("it uses what it does not name");
        let said = words(&error);
        assert!(
            said.starts_with("it uses the power `environment`, which its manifest does not ask for: add"),
            "{language}: {said}"
        );
        assert!(error.compiler().is_some_and(|words| !words.is_empty()), "{language}: the compiler says where");
    }
}

/// Otherwise it is a trap on the user's machine, which names nothing.
#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn a_javascript_plugin_of_another_kind_is_refused() {
    let project = Project::new("javascript", "step", &[]);
    project.replace("windlass-plugin.yaml", "kind: step", "kind: login");
    let said = words(&project.build().expect_err("it is a step"));
    assert!(said.contains("src/plugin.mjs: it exports `stepPlugin`, and windlass-plugin.yaml says `kind: login`"), "{said}");
    assert!(!project.path().join("target/vault-scan.wasm").exists());
}
