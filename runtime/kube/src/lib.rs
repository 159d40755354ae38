//! Runs planned pods on a Kubernetes cluster.
