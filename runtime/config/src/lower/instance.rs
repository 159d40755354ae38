//! Where a task runs: the instance that counts, and what its map says.

use super::image::REGISTRY_CONFIG;
use super::keys::{CONTAINER, InstanceKind, instance_key};
use super::read::{Reader, last};
use crate::diagnostics::{Code, Diagnostic};
use crate::quantity::{CPU_HELP, MEMORY_HELP};
use crate::shape::Shape;
use crate::source::Span;
use crate::yaml::{Entry, Key, Node, Value};
use std::rc::Rc;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::{Architecture, ClusterRequest, Instance, Placement};

/// The instance that counts for a task, root and task maps put together.
pub(super) struct Chosen {
    pub key: Key,
    pub kind: InstanceKind,
    pub entries: Vec<Entry>,
    /// False when something that is not a map stands under the key, which is reported then.
    pub valid: bool,
}

/// The instance key that counts: the task's last, else the root's last.
pub(super) fn counts<'e>(root: &'e [Entry], task: &'e [Entry]) -> Option<&'e Entry> {
    let is_instance = |entry: &&Entry| instance_key(&entry.key.text).is_some();
    task.iter().rev().find(is_instance).or_else(|| root.iter().rev().find(is_instance))
}

/// The architecture that the instance's key alone tells; its map may say another.
pub(super) fn architecture(root: &[Entry], task: &[Entry]) -> Architecture {
    match counts(root, task).map(|entry| &*entry.key.text) {
        Some("arm_container") => Architecture::Arm64,
        _ => Architecture::Amd64,
    }
}

/// Merges what stands under the instance key that counts.
pub(super) fn choose(root: &[Entry], task: &[Entry], reader: Reader<'_>) -> Option<Chosen> {
    let counts = counts(root, task)?;
    let kind = instance_key(&counts.key.text)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut valid = true;
    for entry in root.iter().chain(task).filter(|entry| entry.key.text == counts.key.text) {
        match &entry.value.value {
            Value::Map(map) => {
                reader.check_repeats(map);
                entries = overlay(entries, map);
            }
            Value::Text(_) if entry.value.is_absent() => {}
            _ => {
                reader.wrong_type(entry, Shape::Map);
                valid = false;
            }
        }
    }
    // Credentials for pulling are looked up through all levels.
    if last(&entries, REGISTRY_CONFIG).is_none() {
        entries.extend(last(task, REGISTRY_CONFIG).or_else(|| last(root, REGISTRY_CONFIG)).cloned());
    }
    Some(Chosen { key: counts.key.clone(), kind, entries, valid })
}

/// `base` with `over` on top: maps merge, everything else is replaced, `additional_containers` merge item by item.
fn overlay(mut base: Vec<Entry>, over: &[Entry]) -> Vec<Entry> {
    for entry in over {
        let Some(below) = base.iter_mut().rev().find(|below| below.key.text == entry.key.text) else {
            base.push(entry.clone());
            continue;
        };
        let value = match (&below.value.value, &entry.value.value) {
            (Value::Map(low), Value::Map(high)) => Rc::new(Node::map(overlay(low.clone(), high), entry.value.span)),
            (Value::List(low), Value::List(high)) if &*entry.key.text == "additional_containers" => {
                Rc::new(Node::list(by_index(low, high), entry.value.span))
            }
            _ => Rc::clone(&entry.value),
        };
        *below = Entry { value, ..entry.clone() };
    }
    base
}

fn by_index(low: &[Rc<Node>], high: &[Rc<Node>]) -> Vec<Rc<Node>> {
    let longest = low.len().max(high.len());
    (0..longest)
        .filter_map(|at| match (low.get(at), high.get(at)) {
            (Some(low), Some(high)) => match (low.as_map(), high.as_map()) {
                (Some(below), Some(over)) => Some(Rc::new(Node::map(overlay(below.to_vec(), over), high.span))),
                _ => Some(Rc::clone(high)),
            },
            (low, high) => high.or(low).cloned(),
        })
        .collect()
}

/// Resources of a main container that asks for none.
const DEFAULT_CPU: MilliCpu = MilliCpu(2000);
const DEFAULT_MEMORY: MebiBytes = MebiBytes(4096);

/// Keys of builders of `dockerfile` environments, which only the hosted service has.
const BUILDER: [&str; 6] = [
    "builder_image",
    "builder_image_owners",
    "builder_role",
    "builder_instance_type",
    "builder_subnet_ids",
    "builder_subnet_filters",
];

/// An instance, or why there is none here.
pub(super) enum Lowered {
    Instance(Box<Instance>),
    NotHere(String),
    /// Wrong, and reported.
    Invalid,
}

impl Reader<'_> {
    /// Reads the instance that counts.
    pub(super) fn instance(&self, chosen: &Chosen) -> Lowered {
        if let InstanceKind::Elsewhere(what) = chosen.kind {
            let reason = format!("`{}` asks for {what}; windlass runs Linux containers only", chosen.key.text);
            return self.not_here(chosen.key.span, reason);
        }
        self.old_names(chosen);
        if !chosen.valid {
            return Lowered::Invalid;
        }
        self.check_instance_keys(chosen);
        let entries = &chosen.entries;
        if let Some(platform) = last(entries, "platform").and_then(|entry| self.known(entry))
            && !platform.eq_ignore_ascii_case("linux")
        {
            let reason = format!("`platform: {platform}` is asked for; windlass runs Linux containers only");
            return self.not_here(chosen.key.span, reason);
        }
        let may_be_privileged = !matches!(chosen.kind, InstanceKind::Container | InstanceKind::ArmContainer);
        let resources = self.resources(entries, DEFAULT_CPU, DEFAULT_MEMORY);
        let sidecars = self.sidecars(entries);
        let privileged = self.flag(entries, "privileged") && may_be_privileged;
        let use_in_memory_disk = self.flag(entries, "use_in_memory_disk");
        let placement = self.placement(chosen);
        let architecture = self.architecture(chosen);
        let node_selector_terms = self.node_selector_terms(entries);
        let registry_secret = self.registry_secret(entries);
        // Last, so that a wrong image hides no other problem.
        let Some(image) = self.instance_image(entries, &chosen.key) else {
            return Lowered::Invalid;
        };
        Lowered::Instance(Box::new(Instance {
            placement,
            image,
            resources,
            privileged,
            use_in_memory_disk,
            architecture,
            node_selector_terms,
            registry_secret,
            sidecars,
        }))
    }

    pub(super) fn not_here(&self, span: Span, reason: String) -> Lowered {
        self.push(Diagnostic::note(Code::NotSupported, span, format!("this task does not run here: {reason}")));
        Lowered::NotHere(reason)
    }

    fn old_names(&self, chosen: &Chosen) {
        let key = &*chosen.key.text;
        let new = match key {
            "aks_container" => "eks_container",
            "gke_instance" => "gke_container",
            "eks_instance" => "eks_container",
            "oke_instance" => "oke_container",
            _ => return,
        };
        let problem = Diagnostic::warning(Code::OldName, chosen.key.span, format!("`{key}` is read as `{new}`"));
        self.push(match key {
            "aks_container" => problem.help(
                "`aks_container` is a mistake in an old guide for AWS; for a cluster elsewhere write `kubernetes_container`",
            ),
            _ => problem.help(format!("write `{new}`")),
        });
    }

    fn check_instance_keys(&self, chosen: &Chosen) {
        let credentials = |entry: &&Entry| entry.key.text.ends_with("credentials");
        let (_, read): (Vec<Entry>, Vec<Entry>) = chosen.entries.iter().cloned().partition(|entry| credentials(&entry));
        self.check_keys(&read, &CONTAINER, &BUILDER, &format!("`{}`", chosen.key.text));
        for entry in &chosen.entries {
            let key = &*entry.key.text;
            let why = match key {
                "kvm" | "use_static_ip" => "containers here have neither",
                _ if key.ends_with("credentials") => "clusters come from kubeconfig",
                _ if key.starts_with("builder_image") || BUILDER.contains(&key) => {
                    "what builds a `dockerfile` here is a build plugin in a pod, or the engine"
                }
                _ => continue,
            };
            self.push(Diagnostic::note(Code::Ignored, entry.key.span, format!("`{key}` has no effect: {why}")));
        }
        if matches!(chosen.kind, InstanceKind::Container | InstanceKind::ArmContainer)
            && let Some(entry) = last(&chosen.entries, "privileged")
        {
            self.push(
                Diagnostic::note(Code::Ignored, entry.key.span, format!("`{}` ignores `privileged`", chosen.key.text))
                    .help("an entry of `additional_containers` may be privileged"),
            );
        }
    }

    pub(super) fn resources(&self, entries: &[Entry], default_cpu: MilliCpu, default_memory: MebiBytes) -> Resources {
        Resources {
            cpu: last(entries, "cpu").and_then(|entry| self.parsed(entry, MilliCpu::parse, CPU_HELP)).unwrap_or(default_cpu),
            memory: last(entries, "memory")
                .and_then(|entry| self.parsed(entry, MebiBytes::parse, MEMORY_HELP))
                .unwrap_or(default_memory),
            greedy: self.flag(entries, "greedy"),
        }
    }

    pub(super) fn flag(&self, entries: &[Entry], key: &str) -> bool {
        last(entries, key).and_then(|entry| self.condition(entry)).unwrap_or(false)
    }

    fn placement(&self, chosen: &Chosen) -> Placement {
        let InstanceKind::Cluster(kind) = chosen.kind else {
            return Placement::Engine;
        };
        let entries = &chosen.entries;
        let field = |keys: &[&str]| keys.iter().find_map(|key| last(entries, key)).and_then(|entry| self.field(entry));
        Placement::Cluster(ClusterRequest {
            kind,
            name: field(&["cluster_name", "cluster_id"]),
            location: field(&["zone", "location", "region"]),
            context: field(&["context"]),
            namespace: field(&["namespace"]),
        })
    }

    fn architecture(&self, chosen: &Chosen) -> Architecture {
        if chosen.kind == InstanceKind::ArmContainer {
            return Architecture::Arm64;
        }
        let parse = |text: &str| match text {
            "amd64" | "x86_64" => Ok(Architecture::Amd64),
            "arm64" | "aarch64" => Ok(Architecture::Arm64),
            _ => Err(format!("`{text}` is not an architecture that windlass knows")),
        };
        last(&chosen.entries, "architecture")
            .and_then(|entry| self.parsed(entry, parse, "write `amd64` or `arm64`"))
            .unwrap_or_default()
    }

    fn node_selector_terms(&self, entries: &[Entry]) -> Vec<serde_json::Value> {
        let Some(entry) = last(entries, "nodeSelectorTerms") else {
            return Vec::new();
        };
        match entry.value.as_list() {
            Some(items) => items.iter().filter_map(|item| self.json_of_text(item)).collect(),
            None => {
                self.wrong_type(entry, Shape::List(""));
                Vec::new()
            }
        }
    }
}
