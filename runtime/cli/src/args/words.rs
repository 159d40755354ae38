//! Values that people write in other words than windlass reads, and the answers that they get.

use std::ffi::OsStr;

use clap::builder::{EnumValueParser, PossibleValue, StyledStr, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};

use super::target::On;

/// How many tasks may run at the same time.
///
/// # Errors
/// When it is no such number.
pub fn jobs(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) => Err("at least one task runs at a time: give 1 or more".to_owned()),
        Ok(jobs) => Ok(jobs),
        Err(_) if text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty() => Err(format!("the most is {}", u16::MAX)),
        Err(_) => Err(format!("give a number of tasks: 1 for one after the other, {} for all at once", u16::MAX)),
    }
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
