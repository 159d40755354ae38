//! The driver against a real engine: `WINDLASS_TEST_ENGINE_SOCKET` names its socket (`tests/cluster/engine-up.sh` starts one and
//! loads the images that these tests name). Where there is none, these tests are ignored; `tests/run.sh` starts
//! one and runs them.

mod connection;
mod contract;
mod ends;
mod files;
mod identity;
mod images;
mod life;
mod secrets;
mod security;
mod sidecars;
mod support;
