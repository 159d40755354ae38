//! The credentials of a bucket are in no text that leaves windlass, whatever comes of the run.

use crate::support::bucket::{BUCKET, Bucket};
use crate::support::{Outcome, World, on};
use crate::{BOTH, task};

const REST: &str =
    "  deps_cache:\n    folder: deps\n    populate_script: mkdir deps && echo made > deps/a\n  show_script: env && cat deps/a";

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_buckets_credentials_are_shown_nowhere() {
    let bucket = Bucket::start();
    let of_bucket = bucket.environment();
    let (name, secret) = of_bucket.iter().find(|(name, _)| *name == "AWS_SECRET_ACCESS_KEY").expect("it has one");
    let wrong = "not what the bucket knows";
    on(BOTH, |world| {
        let project = task(&format!("s3://{BUCKET}/masked-{world:?}"), REST);
        for value in [secret.as_str(), wrong] {
            let environment = of_bucket.iter().map(|(known, text)| (*known, if known == name { value } else { text.as_str() }));
            let environment: Vec<(&str, &str)> = environment.collect();
            for format in ["--output=json", "--output=plain"] {
                let said = everything(world, &project, &["run", format], &environment);
                assert!(said.contains("made"), "{said}");
                shows_no_credential(&said, value);
            }
            shows_no_credential(&everything(world, &project, &["plan"], &environment), value);
            shows_no_credential(&everything(world, &project, &["cache", "ls"], &environment), value);
            shows_no_credential(&everything(world, &project, &["cache", "explain"], &environment), value);
        }
    });
}

/// What a command prints that tells all that it does.
fn everything(world: World, project: &crate::Project, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = project.command(arguments);
    if arguments[0] != "cache" {
        command.args(world.flags());
    }
    command.args(["-vv"]).envs(world.environment()).envs(environment.iter().copied()).env("WINDLASS_TRUST_PROJECT", "1");
    Outcome::new(&command.output().expect("windlass runs")).everything()
}

fn shows_no_credential(said: &str, secret: &str) {
    for word in [secret, "X-Amz-Signature=", "Signature="] {
        assert!(!said.contains(word), "{word}: {said}");
    }
}
