//! Reads windlass configuration.
