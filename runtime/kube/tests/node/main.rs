//! The driver against a real API server, kubelet and container runtime (`tests/cluster`). Where there is none, these
//! tests are ignored; `tests/run.sh` starts one and runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod contract;
mod doctor;
mod failures;
mod files;
mod identity;
mod lifecycle;
mod network;
mod patience;
mod permissions;
mod pod_security;
mod standing;
mod support;
