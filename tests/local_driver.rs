//! What every driver must keep, kept by the one that the executor's own tests use.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::sync::Arc;

use support::local::{IMAGE, Local};
use windlass_contract::{Subject, Tested, driver_contract};
use windlass_model::image::ImageReference;

fn on_this_machine(test: impl AsyncFnOnce(Subject) -> Tested) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let image = |name| ImageReference::parse(name).expect("a reference");
    let driver = || Arc::new(Local::new(None));
    let tested =
        runtime.block_on(async { test(Subject { driver: driver(), image: image(IMAGE), missing: image("missing") }).await });
    tested.unwrap_or_else(|error| panic!("{error}"));
}

driver_contract!(on_this_machine);
