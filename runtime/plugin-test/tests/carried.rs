//! The plugins that windlass carries, and the examples, are held to what is asked of every plugin; some have cases, too.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;

use support::{built, repository, suite};
use windlass_plugin_test::{Outcome, read};

/// Each with its directory in the repository, and how many cases it has.
const CARRIED: [(&str, &str, usize); 10] = [
    ("buildah", "plugins/buildah", 0),
    ("buildkit", "plugins/buildkit", 0),
    ("docker-build", "plugins/docker-build", 0),
    ("docker-push", "plugins/docker-push", 4),
    ("image-lookup", "plugins/image-lookup", 0),
    ("kaniko", "plugins/kaniko", 5),
    ("makisu", "plugins/makisu", 0),
    ("oci-push", "plugins/oci-push", 0),
    ("registry-login", "plugins/registry-login", 4),
    ("shell", "plugins/shell", 7),
];

async fn passes(out: &Path, name: &str, directory: &str, count: usize) {
    let component = std::fs::read(out.join(format!("{name}.wasm"))).expect("it was built");
    let cases = read(&repository().join(directory).join("tests")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(cases.len(), count, "{name}");
    let suite = suite(component, cases).await;
    for test in suite.tests() {
        let outcome = suite.run(&test).await;
        // What is ignored shows nothing.
        let small = test.name == "requirements answer a huge request" && matches!(outcome, Outcome::Ignored(_));
        assert!(small || outcome == Outcome::Passed, "{name}: {}: {outcome:?}", test.name);
    }
}

#[tokio::test]
async fn every_plugin_that_windlass_carries_passes() {
    let out = built(&[]);
    for (name, directory, cases) in CARRIED {
        passes(&out, name, directory, cases).await;
    }
}

#[tokio::test]
async fn the_examples_pass() {
    for (name, cases) in [("pinned-images", 3), ("podman-build", 0)] {
        let directory = format!("examples/plugins/{name}");
        passes(&built(&[&directory]), name, &directory, cases).await;
    }
}
