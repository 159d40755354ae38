//! From the records of WIT to the model, and back.

use std::collections::BTreeMap;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::digest::Digest;
use windlass_model::image::ImageReference;
use windlass_model::plugin::{BuiltImage, ContainerRequirement, ImageLocation, Power, PushedImage, Requirements};
use windlass_model::pod::{ContainerPlan, Mount, Process, Readiness, Security, Volume};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::{EnvVar, SecretName};
use windlass_model::task::Port;

use crate::bindings::powers::windlass::plugin::{images, types};
use crate::grant::Asker;

/// An error of the plugin's, in the engine's words.
pub(crate) fn error(error: types::Error, asker: &Asker) -> PluginError {
    let plugin = asker.plugin.clone();
    match error {
        types::Error::Failed(failure) => PluginError::Failed { plugin, message: failure.message, exit_code: failure.exit_code },
        types::Error::Unsupported(u) => PluginError::Unsupported { plugin, field: u.field, reason: u.reason },
        types::Error::Denied(denied) => match Power::ALL.into_iter().find(|power| power.as_str() == denied.power) {
            Some(power) => asker.denied(power, &denied.detail),
            None => PluginError::Failed {
                plugin,
                message: format!("it says that `{}` is denied to it", denied.power),
                exit_code: None,
            },
        },
        types::Error::Cancelled => PluginError::Cancelled,
        types::Error::Infrastructure(message) => PluginError::Infrastructure { plugin, message },
    }
}

/// What a plugin says that it needs; the error says what of it makes no sense.
pub(crate) fn requirements(needs: types::Needs) -> Result<Requirements, String> {
    Ok(Requirements {
        containers: needs.containers.into_iter().map(container).collect::<Result<_, _>>()?,
        volumes: needs.volumes.into_iter().map(volume).collect::<Result<_, _>>()?,
        env: needs.env.into_iter().map(|(name, value)| EnvVar::text(name, value)).collect(),
        secrets: needs
            .secrets
            .into_iter()
            .map(|name| SecretName::new(name).map_err(|e| e.to_string()))
            .collect::<Result<_, _>>()?,
    })
}

fn container(wit: types::ContainerRequirement) -> Result<ContainerRequirement, String> {
    let image = ImageReference::parse(&wit.image).map_err(|e| e.to_string())?;
    let name = dns_label(wit.name)?;
    let mounts = wit.mounts.into_iter().map(|mount| match mount.path.starts_with('/') {
        true => Ok(Mount { volume: dns_label(mount.volume)?, path: mount.path, read_only: mount.read_only }),
        false => Err(format!("`{}` cannot be mounted at: it is not an absolute path", mount.path)),
    });
    let mounts = mounts.collect::<Result<_, _>>()?;
    Ok(ContainerRequirement {
        container: ContainerPlan {
            name,
            image,
            process: match wit.process {
                types::FirstProcess::Supervised => Process::Supervised,
                types::FirstProcess::Image(args) => Process::Image { args },
            },
            env: wit.env.into_iter().map(|(name, value)| EnvVar::text(name, value)).collect(),
            resources: Resources {
                cpu: MilliCpu(wit.resources.milli_cpu),
                memory: MebiBytes(wit.resources.memory_mib.into()),
                greedy: false,
            },
            security: Security {
                privileged: wit.security.privileged,
                run_as_user: wit.security.run_as_user,
                add_capabilities: wit.security.add_capabilities,
                drop_capabilities: wit.security.drop_capabilities,
                seccomp_unconfined: wit.security.seccomp_unconfined,
                apparmor_unconfined: wit.security.apparmor_unconfined,
                allow_privilege_escalation: wit.security.allow_privilege_escalation,
                read_only_root: wit.security.read_only_root,
            },
            ports: wit.ports.iter().map(|port| Port { host: None, container: *port }).collect(),
            mounts,
            files: BTreeMap::new(),
            readiness: wit.ports.iter().map(|port| Readiness::Tcp(*port)).collect(),
            brought_by: None,
        },
        unless_port: wit.unless_port,
    })
}

fn volume(wit: types::VolumeRequirement) -> Result<Volume, String> {
    Ok(Volume { name: dns_label(wit.name)?, in_memory: wit.in_memory })
}

/// A name as Kubernetes takes it for containers and volumes (RFC 1123).
fn dns_label(name: String) -> Result<String, String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=63).contains(&name.len()) && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-');
    if fits {
        Ok(name)
    } else {
        Err(format!("`{name}` cannot name a container or a volume: use 1 to 63 lower-case letters, digits and `-`"))
    }
}

/// An image that a plugin says it built.
pub(crate) fn built(image: images::BuiltImage) -> Result<BuiltImage, String> {
    Ok(BuiltImage {
        location: match image.location {
            images::Location::Daemon(reference) => ImageLocation::Daemon { reference },
            images::Location::Layout(path) => ImageLocation::Layout { path },
            images::Location::Pushed => ImageLocation::Pushed,
        },
        references: image.references,
        digest: image.digest.map(|digest| parse_digest(&digest)).transpose()?,
    })
}

/// An image for a plugin to push.
pub(crate) fn to_push(image: &BuiltImage) -> images::BuiltImage {
    images::BuiltImage {
        location: match &image.location {
            ImageLocation::Daemon { reference } => images::Location::Daemon(reference.clone()),
            ImageLocation::Layout { path } => images::Location::Layout(path.clone()),
            ImageLocation::Pushed => images::Location::Pushed,
        },
        references: image.references.clone(),
        digest: image.digest.as_ref().map(|digest| digest.as_str().to_owned()),
    }
}

/// An image that a plugin says it pushed.
pub(crate) fn pushed(image: images::PushedImage) -> Result<PushedImage, String> {
    Ok(PushedImage { digest: parse_digest(&image.digest)?, reference: image.reference })
}

fn parse_digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).map_err(|e| e.to_string())
}
