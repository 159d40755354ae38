//! `additional_containers`: what runs beside the main container.

use super::read::{Reader, last, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::shape::Shape;
use crate::source::Span;
use crate::yaml::{Entry, Key, Node, Value};
use std::collections::HashMap;
use windlass_model::pod::MAIN;
use windlass_model::task::{Port, Sidecar};

use super::keys::SIDECAR;

impl Reader<'_> {
    /// The sidecars of an instance, in order.
    pub(super) fn sidecars(&self, instance: &[Entry]) -> Vec<Sidecar> {
        let Some(entry) = last(instance, "additional_containers") else {
            return Vec::new();
        };
        let items = match &entry.value.value {
            Value::List(items) => items,
            Value::Text(_) if entry.value.is_absent() => return Vec::new(),
            _ => {
                self.wrong_type(entry, Shape::List("containers"));
                return Vec::new();
            }
        };
        let mut names: HashMap<String, Span> = HashMap::new();
        let mut sidecars = Vec::with_capacity(items.len());
        let mut listening: HashMap<u16, (String, Span)> = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            let Some(map) = item.as_map() else {
                self.push(Diagnostic::error(
                    Code::WrongType,
                    item.span,
                    format!("an additional container is a map, and this is {}", item.describe()),
                ));
                continue;
            };
            let (name, span) = self.sidecar_name(map, item, at);
            if let Some(first) = names.insert(name.clone(), span) {
                self.push(
                    Diagnostic::error(Code::DuplicateName, span, format!("this pod has another container named `{name}`"))
                        .related(first, "the other one")
                        .help("every container of a pod needs a name of its own"),
                );
            }
            let sidecar = self.sidecar(map, item, name);
            if let Some(sidecar) = &sidecar {
                self.share_ports(
                    sidecar,
                    last(map, "port").or_else(|| last(map, "ports")).map_or(item.span, place),
                    &mut listening,
                );
            }
            sidecars.extend(sidecar);
        }
        sidecars
    }

    /// The containers of a pod share one network, so a port is one container's alone: its own, and the one that leads to it.
    fn share_ports(&self, sidecar: &Sidecar, span: Span, listening: &mut HashMap<u16, (String, Span)>) {
        for port in &sidecar.ports {
            let other = port.host.filter(|host| *host != port.container);
            for number in other.into_iter().chain([port.container]) {
                let Some((owner, first)) = listening.insert(number, (sidecar.name.clone(), span)) else { continue };
                let who = match owner == sidecar.name {
                    true => format!("`{owner}` has port {number} twice"),
                    false => format!("`{owner}` and `{}` both have port {number}", sidecar.name),
                };
                self.push(
                    Diagnostic::error(
                        Code::InvalidValue,
                        span,
                        format!("{who}, and the containers of a pod share one network"),
                    )
                    .related(first, "the other one")
                    .help("let each listen on a port of its own; `HOST:CONTAINER` is a second way to a port, and does not move it"),
                );
            }
        }
    }

    /// A DNS label. Capitals become small ones, as Kubernetes wants it; hyphens and digits are fine.
    fn sidecar_name(&self, map: &[Entry], item: &Node, at: usize) -> (String, Span) {
        let unnamed = || (format!("container-{}", at + 1), item.span);
        let Some(entry) = last(map, "name") else {
            return unnamed();
        };
        let Some(written) = self.known(entry) else {
            return unnamed();
        };
        let name = written.to_ascii_lowercase();
        let allowed = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
        let help = if name == MAIN {
            Some("`main` is the task's own container".to_owned())
        } else if name.is_empty() || name.len() > 63 || !name.chars().all(allowed) || name.starts_with('-') || name.ends_with('-')
        {
            Some("use letters, digits and hyphens, 63 at most, and no hyphen at either end".to_owned())
        } else {
            None
        };
        if let Some(help) = help {
            self.push(
                Diagnostic::error(Code::InvalidValue, place(entry), format!("`{written}` cannot name a container")).help(help),
            );
        }
        (name, place(entry))
    }

    fn sidecar(&self, map: &[Entry], item: &Node, name: String) -> Option<Sidecar> {
        self.check_keys(map, &SIDECAR, &[], "an additional container");
        let env = self.sidecar_env(map);
        let resources = self.resources(map, Sidecar::DEFAULT_CPU, Sidecar::DEFAULT_MEMORY);
        let ports = self.ports(map);
        let args = last(map, "command").and_then(|entry| self.command(entry));
        let readiness_command = last(map, "readiness_command").and_then(|entry| self.readiness(entry));
        let privileged = self.flag(map, "privileged");
        let owner = Key { text: name.as_str().into(), span: item.span };
        let image = self.image(map, &owner)?;
        Some(Sidecar { name, image, resources, ports, env, args, readiness_command, privileged })
    }

    fn ports(&self, map: &[Entry]) -> Vec<Port> {
        const HELP: &str = "write the port (`2375`), or the one to reach it at and its own (`8080:80`)";
        let entry = match (last(map, "port"), last(map, "ports")) {
            (Some(_), Some(ports)) => {
                self.push(
                    Diagnostic::error(Code::RepeatedKey, ports.key.span, "a container has `port` or `ports`, not both")
                        .help("put all of them under `ports`"),
                );
                return Vec::new();
            }
            (entry, None) | (None, entry) => entry,
        };
        let Some(entry) = entry else {
            return Vec::new();
        };
        let Some(texts) = self.texts(entry) else {
            return Vec::new();
        };
        let mut ports = Vec::with_capacity(texts.len());
        for (text, span) in texts {
            let Some(text) = self.fill_known(&text, span, &entry.key.text) else {
                continue;
            };
            match port(&text) {
                Some(port) => ports.push(port),
                None => self.push(Diagnostic::error(Code::InvalidValue, span, format!("`{text}` is not a port")).help(HELP)),
            }
        }
        ports
    }

    /// Text is split into words as a shell would; a list is taken as it is. Either replaces the image's `CMD`. Variables that
    /// are known are filled in; others may be the container's own, for a shell in it.
    fn command(&self, entry: &Entry) -> Option<Vec<String>> {
        if entry.value.as_list().is_some() {
            return self.words(entry)?.into_iter().map(|word| self.expand(&word, place(entry))).collect();
        }
        let text = self.expand(&self.raw(entry)?, place(entry))?;
        let words = shlex::split(&text);
        if words.is_none() {
            self.push(
                Diagnostic::error(Code::InvalidValue, place(entry), "this command cannot be split into words")
                    .help("is a quote never closed? A list of words needs no quotes: `[\"dockerd\", \"--debug\"]`"),
            );
        }
        words
    }

    /// Text is a shell command; a list is run as it is.
    fn readiness(&self, entry: &Entry) -> Option<Vec<String>> {
        if entry.value.as_list().is_some() {
            return self.words(entry);
        }
        let text = self.raw(entry)?;
        Some(vec!["sh".to_owned(), "-c".to_owned(), text.to_string()])
    }

    fn words(&self, entry: &Entry) -> Option<Vec<String>> {
        let words: Vec<String> = self.texts(entry)?.into_iter().map(|(text, _)| text.to_string()).collect();
        if words.is_empty() {
            self.wrong_type(entry, Shape::Command);
            return None;
        }
        Some(words)
    }
}

fn port(text: &str) -> Option<Port> {
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port != 0);
    match text.split_once(':') {
        None => Some(Port { host: None, container: number(text)? }),
        Some((host, container)) => Some(Port { host: Some(number(host)?), container: number(container)? }),
    }
}
