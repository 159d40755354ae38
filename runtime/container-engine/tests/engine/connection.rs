//! Finding an engine, or saying what is missing.

use bytes::Bytes;
use windlass_container_engine::{Address, ConnectError, EngineHints, Flavour, connect, doctor};
use windlass_model::check::Outcome;
use windlass_model::roles::Builders;

use crate::support::scene;

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_named_engine_is_used_and_tells_what_it_is() {
    scene(async |_| {
        let socket = std::env::var("WINDLASS_TEST_ENGINE_SOCKET")?;
        let hints = EngineHints { docker_host: Some(format!("unix://{socket}")), ..EngineHints::default() };
        let engine = connect(&hints).await?;
        let facts = engine.facts();
        assert!(matches!(facts.flavour, Flavour::Docker | Flavour::Podman));
        assert!(!facts.version.is_empty() && !facts.api_version.is_empty() && facts.cpus.is_some(), "{facts:?}");
        assert!(engine.describe().contains(&socket), "{}", engine.describe());
        Ok(())
    });
}

#[tokio::test]
async fn an_engine_that_was_asked_for_and_is_not_there_is_an_error_with_its_name() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let socket = format!("unix://{}/engine.sock", directory.path().display());
    let hints = EngineHints { docker_host: Some(socket.clone()), ..EngineHints::default() };
    match connect(&hints).await {
        Err(e @ ConnectError::AskedFor { .. }) => {
            assert_eq!(
                e.to_string(),
                format!("the container engine at {socket} (DOCKER_HOST) cannot be used: there is no such socket")
            );
            assert!(e.help().contains("DOCKER_HOST"));
        }
        Err(e) => panic!("{e}"),
        Ok(engine) => panic!("{} answered", engine.describe()),
    }
    Ok(())
}

#[tokio::test]
async fn a_socket_where_nothing_listens_is_told_from_a_missing_one() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let socket = directory.path().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket)?);
    let hints = EngineHints { container_host: Some(Address::Unix(socket).to_string()), ..EngineHints::default() };
    match connect(&hints).await {
        Err(e) => assert!(e.to_string().contains("it does not answer: Connection refused"), "{e}"),
        Ok(engine) => panic!("{} answered", engine.describe()),
    }
    Ok(())
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn doctor_finds_the_engine_and_tries_a_privileged_container() {
    scene(async |_| {
        let socket = std::env::var("WINDLASS_TEST_ENGINE_SOCKET")?;
        let hints = EngineHints { docker_host: Some(format!("unix://{socket}")), ..EngineHints::default() };
        let checks = doctor(&hints, Bytes::from_static(windlass_contract::program()), &Builders::NONE).await;
        let names: Vec<_> = checks.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(
            names,
            ["container engine", "engine API", "image storage", "resource limits", "root", "privileged containers"]
        );
        assert!(checks.iter().all(|c| !matches!(c.outcome, Outcome::Fail(_) | Outcome::Skipped(_))), "{checks:?}");
        Ok(())
    });
}

#[tokio::test]
async fn without_any_engine_doctor_says_what_to_install() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let socket = format!("unix://{}/engine.sock", directory.path().display());
    let hints = EngineHints { docker_host: Some(socket), ..EngineHints::default() };
    let checks = doctor(&hints, Bytes::new(), &Builders::NONE).await;
    assert!(
        matches!(checks.as_slice(), [check] if matches!(check.outcome, Outcome::Fail(_)) && check.help.is_some()),
        "{checks:?}"
    );
    Ok(())
}
