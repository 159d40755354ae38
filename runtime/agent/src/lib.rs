//! The supervisor that runs inside containers.
