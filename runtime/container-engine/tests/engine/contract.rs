//! What every driver must keep, kept by this one.

use bytes::Bytes;
use windlass_container_engine::{Address, EngineDriver, connect_to};
use windlass_contract::{Subject, Tested, driver_contract, what_another_run_made_is_refused_and_left};
use windlass_model::image::ImageReference;

use crate::support::{BUSYBOX, scene};

fn on_the_engine(test: impl AsyncFnOnce(Subject) -> Tested) {
    scene(async |scene| {
        let image = ImageReference::parse(BUSYBOX)?;
        let missing = ImageReference::parse("windlass.test/no/such:image")?;
        test(Subject { driver: scene.driver, image, missing }).await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn commands_are_not_their_agents_hosts() {
    on_the_engine(async |subject| windlass_contract::commands_are_not_their_agents_hosts(&subject).await);
}

driver_contract!(on_the_engine, #[ignore = "needs the container engine that tests/run.sh starts"]);

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn what_another_run_made_is_left() {
    on_the_engine(async |subject| {
        let socket = std::env::var("WINDLASS_TEST_ENGINE_SOCKET")?;
        let engine = connect_to(&Address::Unix(socket.into())).await?;
        let other = EngineDriver::new(engine, Bytes::from_static(windlass_contract::program()));
        what_another_run_made_is_refused_and_left(&subject, &other).await
    });
}
