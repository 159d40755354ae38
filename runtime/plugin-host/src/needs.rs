//! What `requirements` answers, typed: every name, path and size is checked, and refused by its field. Whether a plugin may have what it asks
//! for is the planner's to judge; here it only has to make sense, and to touch nothing that is windlass' own.

mod paths;

use std::collections::{BTreeMap, BTreeSet};

use windlass_model::image::ImageReference;
use windlass_model::plugin::{ContainerRequirement, Requirements};
use windlass_model::pod::{ContainerPlan, MAIN, Mount, Process, Readiness, Security, Volume};
use windlass_model::pod_limits::{RESERVED_PREFIX, SHARED};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::{EnvVar, SecretName};
use windlass_model::task::Port;

use crate::bindings::powers::windlass::plugin::types;
use crate::schema::Refusal;
use crate::words;

/// The most containers, mounts, ports and so on of one list; the most variables, arguments and secrets.
const MAX_ITEMS: usize = 64;
const MAX_WORDS: usize = 1024;

/// The most bytes of one text, and of all variables or arguments together.
const MAX_TEXT: usize = 128 << 10;
const MAX_TEXTS: usize = 1 << 20;

/// Takes an answer, or refuses the first field that makes no sense.
pub(crate) fn requirements(needs: types::Needs) -> Result<Requirements, Refusal> {
    at_most("containers", needs.containers.len(), MAX_ITEMS)?;
    at_most("volumes", needs.volumes.len(), MAX_ITEMS)?;
    at_most("secrets", needs.secrets.len(), MAX_WORDS)?;
    let volumes = indexed("volumes", needs.volumes, volume)?;
    let own: BTreeSet<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    let containers = indexed("containers", needs.containers, |wit, field| container(wit, field, &own))?;
    different("volumes", volumes.iter().map(|volume| volume.name.as_str()))?;
    different("containers", containers.iter().map(|required| required.container.name.as_str()))?;
    Ok(Requirements {
        containers,
        volumes,
        env: variables("env", needs.env)?,
        secrets: indexed("secrets", needs.secrets, |name, field| {
            SecretName::new(name).map_err(|e| refused(field, e.to_string()))
        })?,
    })
}

fn container(wit: types::ContainerRequirement, field: &str, own: &BTreeSet<&str>) -> Result<ContainerRequirement, Refusal> {
    let at = |member: &str| format!("{field}.{member}");
    let image = ImageReference::parse(&wit.image).map_err(|e| refused(&at("image"), e.to_string()))?;
    at_most(&at("mounts"), wit.mounts.len(), MAX_ITEMS)?;
    let mounts = indexed(&at("mounts"), wit.mounts, |wit, field| mount(wit, field, own))?;
    different(&at("mounts"), mounts.iter().map(|mount| mount.path.as_str()))?;
    let ports = ports(&at("ports"), &wit.ports)?;
    let container = ContainerPlan {
        name: brought_name(wit.name, &at("name"))?,
        image,
        process: match wit.process {
            types::FirstProcess::Supervised => Process::Supervised,
            types::FirstProcess::Image(args) => {
                Process::Image { args: args.map(|args| arguments(&at("process"), args)).transpose()? }
            }
        },
        env: variables(&at("env"), wit.env)?,
        resources: resources(wit.resources, &at("resources"))?,
        security: security(wit.security, &at("security"))?,
        readiness: ports.iter().map(|port| Readiness::Tcp(port.container)).collect(),
        ports,
        mounts,
        files: BTreeMap::new(),
        brought_by: None,
    };
    self::ports(&at("unless-port"), &wit.unless_port)?;
    Ok(ContainerRequirement { container, unless_port: wit.unless_port })
}

fn volume(wit: types::VolumeRequirement, field: &str) -> Result<Volume, Refusal> {
    Ok(Volume { name: brought_name(wit.name, &format!("{field}.name"))?, in_memory: wit.in_memory })
}

/// Only of what the step brings itself, and of the task's own volume.
fn mount(wit: types::Mount, field: &str, own: &BTreeSet<&str>) -> Result<Mount, Refusal> {
    if wit.volume != SHARED && !own.contains(wit.volume.as_str()) {
        let why = format!("`{}` is not one of the step's `volumes`, nor `{SHARED}`", words::name(&wit.volume));
        return Err(refused(&format!("{field}.volume"), why));
    }
    let path = paths::mount(&wit.path).map_err(|why| refused(&format!("{field}.path"), why))?;
    Ok(Mount { volume: wit.volume, path, read_only: wit.read_only })
}

fn ports(field: &str, ports: &[u16]) -> Result<Vec<Port>, Refusal> {
    at_most(field, ports.len(), MAX_ITEMS)?;
    indexed(field, ports.to_vec(), |port, field| match port {
        0 => Err(refused(field, "there is no port 0")),
        port => Ok(Port { host: None, container: port }),
    })
}

fn resources(wit: types::Resources, field: &str) -> Result<Resources, Refusal> {
    // Zero would be no limit at all to an engine.
    for (member, amount) in [("milli-cpu", wit.milli_cpu), ("memory-mib", wit.memory_mib)] {
        if amount == 0 {
            return Err(refused(&format!("{field}.{member}"), "a container needs more than 0"));
        }
    }
    Ok(Resources { cpu: MilliCpu(wit.milli_cpu), memory: MebiBytes(wit.memory_mib.into()), greedy: false })
}

fn security(wit: types::Security, field: &str) -> Result<Security, Refusal> {
    for (member, names) in [("add-capabilities", &wit.add_capabilities), ("drop-capabilities", &wit.drop_capabilities)] {
        let field = format!("{field}.{member}");
        at_most(&field, names.len(), MAX_ITEMS)?;
        let word = |name: &str| (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if let Some(i) = names.iter().position(|name| !word(name) || name.starts_with("CAP_")) {
            return Err(refused(&format!("{field}[{i}]"), "a capability is written like CHOWN or SYS_ADMIN"));
        }
    }
    Ok(Security {
        privileged: wit.privileged,
        run_as_user: wit.run_as_user,
        add_capabilities: wit.add_capabilities,
        drop_capabilities: wit.drop_capabilities,
        seccomp_unconfined: wit.seccomp_unconfined,
        apparmor_unconfined: wit.apparmor_unconfined,
        allow_privilege_escalation: wit.allow_privilege_escalation,
        read_only_root: wit.read_only_root,
        ..Security::default()
    })
}

fn variables(field: &str, variables: Vec<types::Variable>) -> Result<Vec<EnvVar>, Refusal> {
    at_most(field, variables.len(), MAX_WORDS)?;
    let bytes = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    at_most(&format!("bytes of {field}"), bytes, MAX_TEXTS).map_err(|e| refused(field, e.reason))?;
    indexed(field, variables, |(name, value), field| {
        let plain = |c: char| c.is_ascii_graphic() && c != '=';
        if name.is_empty() || name.len() > 256 || !name.chars().all(plain) {
            return Err(refused(field, format!("`{}` is not the name of a variable", words::name(&name))));
        }
        text(field, &value)?;
        Ok(EnvVar::text(name, value))
    })
}

fn arguments(field: &str, arguments: Vec<String>) -> Result<Vec<String>, Refusal> {
    at_most(field, arguments.len(), MAX_WORDS)?;
    at_most(field, arguments.iter().map(String::len).sum(), MAX_TEXTS)?;
    indexed(field, arguments, |argument, field| text(field, &argument).map(|()| argument))
}

fn text(field: &str, text: &str) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(refused(field, "text for a process cannot hold a NUL"));
    }
    if text.len() > MAX_TEXT {
        return Err(refused(field, format!("it has {} bytes, and at most {MAX_TEXT} are allowed", text.len())));
    }
    Ok(())
}

/// The name of a container or a volume that a plugin brings: as Kubernetes takes it (RFC 1123), and none that windlass or the task has.
fn brought_name(name: String, field: &str) -> Result<String, Refusal> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=63).contains(&name.len()) && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-');
    if !fits {
        let why = format!("`{}` is not a name: use 1 to 63 lower-case letters, digits and `-`", words::name(&name));
        return Err(refused(field, why));
    }
    if name.starts_with(RESERVED_PREFIX) || name == MAIN || name == SHARED || name == OWN {
        return Err(refused(field, format!("`{name}` is reserved: choose another name")));
    }
    Ok(name)
}

/// The word by which grants mean what a plugin brings; a container of that name could be taken for it.
const OWN: &str = windlass_model::power::ContainerScope::OWN;

fn indexed<T, U>(field: &str, items: Vec<T>, take: impl Fn(T, &str) -> Result<U, Refusal>) -> Result<Vec<U>, Refusal> {
    items.into_iter().enumerate().map(|(i, item)| take(item, &format!("{field}[{i}]"))).collect()
}

fn different<'a>(field: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (i, name) in names.enumerate() {
        if !seen.insert(name) {
            return Err(refused(&format!("{field}[{i}]"), format!("`{name}` is listed twice")));
        }
    }
    Ok(())
}

fn at_most(field: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if count > most { Err(refused(field, format!("there are {count}, and at most {most} are allowed"))) } else { Ok(()) }
}

fn refused(field: &str, reason: impl Into<String>) -> Refusal {
    Refusal { field: field.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
