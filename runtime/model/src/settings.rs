//! `windlass.yaml` as data.
