//! Runs planned pods on the Docker Engine API, Podman's included.
