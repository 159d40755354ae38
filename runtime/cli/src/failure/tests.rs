use windlass_model::secret::SecretName;

use super::*;

#[test]
fn a_failure_shows_its_causes_once_and_what_to_do() {
    let failure = Failure::Unreadable {
        path: "x.yml".into(),
        source: io::Error::new(io::ErrorKind::NotFound, "gone"),
        help: vec!["look elsewhere".into()],
    };
    assert_eq!(failure.render(), "error: x.yml cannot be read: gone\nhelp: look elsewhere");
}

#[test]
fn an_open_value_is_shown_with_every_way_to_give_it() {
    let name = SecretName::new("KEY").expect("a name");
    let open = vec![OpenValue::Secret {
        task: "build".into(),
        name,
        problem: None,
        ways: vec!["first way".into(), "second way".into()],
    }];
    let text = Failure::Open { open }.render();
    assert_eq!(
        text,
        "error: 1 value has to be given before this can run\n\
         help: task build needs the secret KEY; give it in one of these ways:\n    first way\n    second way"
    );
}

#[test]
fn exit_codes_tell_whose_matter_it_is() {
    assert_eq!(Failure::usage("x", "y").exit_code(), 2);
    let unreachable = DriverError::Unreachable { target: "t".into(), message: "m".into() };
    assert_eq!(Failure::Driver(unreachable).exit_code(), 3);
    let trapped = PluginError::Trapped { plugin: "p".into(), export: "run".into(), cause: "c".into(), frames: Vec::new() };
    assert_eq!(Failure::Plugin(trapped).exit_code(), 4);
    assert_eq!(Failure::Leftovers { leftovers: Vec::new() }.exit_code(), 5);
    assert_eq!(Failure::Bug.exit_code(), 70);
}
