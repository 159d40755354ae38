//! What every driver must keep, kept by this one.

use windlass_contract::{Subject, Tested, driver_contract};
use windlass_model::image::ImageReference;

use crate::support::{BUSYBOX, scene};

fn on_the_engine(test: impl AsyncFnOnce(Subject) -> Tested) {
    scene(async |scene| {
        let image = ImageReference::parse(BUSYBOX)?;
        let missing = ImageReference::parse("windlass.test/no/such:image")?;
        test(Subject { driver: scene.driver, image, missing }).await
    });
}

driver_contract!(on_the_engine, #[ignore = "needs the container engine that tests/run.sh starts"]);
