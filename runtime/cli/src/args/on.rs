//! What runs pods, and what is said to who writes another word for it.

use std::ffi::OsStr;

use clap::builder::{EnumValueParser, PossibleValue, StyledStr, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error, ValueEnum};

/// What runs pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum On {
    /// A Kubernetes cluster
    Kube,
    /// Docker or Podman on this machine
    Engine,
}

/// Reads `--on`.
#[derive(Debug, Clone, Copy)]
pub struct OnParser;

impl TypedValueParser for OnParser {
    type Value = On;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<On, Error> {
        EnumValueParser::<On>::new().parse_ref(command, argument, value).map_err(|mut error| {
            if let Some(meant) = meant(&value.to_string_lossy()) {
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(meant)]));
            }
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new([On::Kube, On::Engine].iter().filter_map(clap::ValueEnum::to_possible_value)))
    }
}

/// What somebody means who writes another word for a place.
fn meant(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "docker" => Some("write `--on engine`; it is Docker where DOCKER_HOST or the docker context points to it"),
        "podman" => {
            Some("write `--on engine`; it is Podman where CONTAINER_HOST or DOCKER_HOST points to it, or where no Docker answers")
        }
        "local" | "localhost" | "here" => Some("write `--on engine` for the Docker or Podman of this machine"),
        "k8s" | "kubernetes" | "cluster" | "gke" | "eks" | "aks" | "oke" => {
            Some("write `--on kube`; `--context NAME` chooses the cluster, and is enough on its own")
        }
        _ => None,
    }
}
