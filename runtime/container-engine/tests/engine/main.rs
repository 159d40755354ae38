//! The driver against a real engine: `WINDLASS_TEST_ENGINE_SOCKET` names its socket (`tests/cluster/engine-up.sh` starts one and
//! loads the images that these tests name). Without it every test says that it was skipped.

mod connection;
mod contract;
mod ends;
mod files;
mod images;
mod life;
mod secrets;
mod security;
mod sidecars;
mod support;
