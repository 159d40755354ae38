//! What a repository can ask for that needs the user's trust.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use windlass_model::pod_fields::PodFields;
use windlass_model::quantity::MebiBytes;

/// One thing, with everything of it that matters: when any of it changes, it is another thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// Start a program on this machine.
    Command {
        /// The secret that it prints.
        secret: String,
        /// The program and its arguments.
        argv: Vec<String>,
        /// The files of the project among them, with the digest of what they hold.
        files: BTreeMap<String, String>,
        /// The links of the project among them that lead out of it, with where to.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        links: BTreeMap<String, String>,
    },
    /// Read a file outside the project.
    File {
        /// The secret that it holds.
        secret: String,
        /// As it is written.
        path: String,
        /// Where that leads.
        leads_to: String,
    },
    /// Read a variable of windlass' own environment.
    Variable {
        /// The secret that it holds.
        secret: String,
        /// The variable.
        variable: String,
    },
    /// Read a Secret of a cluster.
    ClusterSecret {
        /// The secret that it holds.
        secret: String,
        /// The Secret's namespace; the task's own if none.
        namespace: Option<String>,
        /// The Secret.
        name: String,
        /// The key in it.
        key: String,
    },
    /// Use a kubeconfig, which can start programs to log in.
    Kubeconfig {
        /// As it is written, from where windlass runs.
        path: String,
        /// Where that leads.
        leads_to: String,
        /// The digest of its content, when it is a file of the project; where its bundle lies, when the repository says that.
        content: Option<String>,
    },
    /// Put pods on a cluster, look at them, and delete them.
    Place {
        /// The kubeconfig, when not the usual one.
        kubeconfig: Option<String>,
        /// The context; none when the command line names it.
        context: Option<String>,
        /// The namespace; none when the command line names it.
        namespace: Option<String>,
    },
    /// Say who its pods are on a cluster, which nodes let them in, and what others read on them.
    Pods {
        /// The context of the clusters that it is about; all when `None`.
        context: Option<String>,
        /// What it says.
        fields: PodFields,
    },
    /// Give powers to a plugin that windlass does not carry.
    Grant {
        /// The plugin, as a pattern.
        plugin: String,
        /// The powers with their limits, in words.
        powers: String,
        /// The digest of its content, when it is a file of the project.
        content: Option<String>,
    },
    /// Say how a registry is reached, and so who gets the credentials for it.
    Registry {
        /// The host.
        host: String,
        /// Whether nobody checks who answers.
        insecure: bool,
        /// The authority that counts instead of the usual ones, as it is written.
        ca_file: Option<String>,
        /// The digest of the authority's file, when it is a file of the project.
        content: Option<String>,
        /// Who is asked first.
        mirrors: Vec<String>,
    },
    /// Say at which address host names are found.
    HostAlias {
        /// The address.
        ip: String,
        /// The names.
        hostnames: Vec<String>,
    },
    /// Say where caches are kept, whose they are, and when they are deleted. What another file says is not in it.
    Caches {
        /// The store.
        store: Option<String>,
        /// Where that leads, when it is a directory that is elsewhere than it is written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leads_to: Option<String>,
        /// Who shares them.
        namespace: Option<String>,
        /// The most mebibytes.
        max_size: Option<u64>,
        /// The days.
        expire_days: Option<u32>,
    },
    /// Send what tasks collect somewhere.
    Artifacts {
        /// The store.
        store: String,
        /// Where that leads, when it is a directory that is elsewhere than it is written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leads_to: Option<String>,
    },
    /// Send Git objects that the project's repository has not itself.
    Objects {
        /// The directory that has them.
        store: PathBuf,
    },
}

impl Ask {
    /// Whether trust in this is trust in the other: a place that the command line names in part is any of the file's, and of what is said of
    /// pods a run may use a part.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Place { kubeconfig, context, namespace },
                Self::Place { kubeconfig: asked_file, context: asked_context, namespace: asked_namespace },
            ) => {
                let part = |asked: &Option<String>, trusted: &Option<String>| asked.is_none() || asked == trusted;
                let same_file = kubeconfig == asked_file || asked_context.is_none();
                same_file && part(asked_context, context) && part(asked_namespace, namespace)
            }
            (Self::Pods { context, fields }, Self::Pods { context: asked_context, fields: asked }) => {
                context == asked_context && fields.includes(asked)
            }
            _ => self == other,
        }
    }

    /// Whether this is about the same thing and only its content may differ: trust in it takes the place of trust in the other.
    pub fn replaces(&self, other: &Self) -> bool {
        let about = |ask: &Self| match ask {
            Self::Command { secret, .. }
            | Self::File { secret, .. }
            | Self::Variable { secret, .. }
            | Self::ClusterSecret { secret, .. } => Some(format!("secret {secret}")),
            Self::Kubeconfig { path, .. } => Some(format!("kubeconfig {path}")),
            Self::Grant { plugin, .. } => Some(format!("plugin {plugin}")),
            Self::Registry { host, .. } => Some(format!("registry {host}")),
            Self::Pods { context: Some(context), .. } => Some(format!("pods on {context}")),
            Self::Pods { context: None, .. } => Some("pods".to_owned()),
            Self::Caches { .. } => Some("caches".to_owned()),
            Self::Artifacts { .. } => Some("artifacts".to_owned()),
            Self::Place { .. } | Self::HostAlias { .. } | Self::Objects { .. } => None,
        };
        // Two runs may use different parts of what is said of pods, and both stay trusted.
        let parts = match (self, other) {
            (Self::Pods { fields, .. }, Self::Pods { fields: others, .. }) => fields.clone().or(others.clone()).includes(others),
            _ => false,
        };
        self == other || !parts && about(self).is_some_and(|this| about(other) == Some(this))
    }
}

/// One plain line, as the end of a sentence that begins with "it asks to".
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command { secret, argv, links, .. } => {
                let words = shlex::try_join(argv.iter().map(String::as_str)).unwrap_or_else(|_| format!("{argv:?}"));
                write!(f, "run a program on this machine, for the secret {secret}: {words}")?;
                links.iter().try_for_each(|(link, leads_to)| write!(f, ", where {link} is {leads_to}"))
            }
            Self::File { secret, path, leads_to } if path == leads_to => write!(f, "read {path}, for the secret {secret}"),
            Self::File { secret, path, leads_to } => {
                write!(f, "read {path}, which is {leads_to}, for the secret {secret}")
            }
            Self::Variable { secret, variable } => {
                write!(f, "read the environment variable {variable} of this machine, for the secret {secret}")
            }
            Self::ClusterSecret { secret, namespace, name, key } => {
                let namespace = namespace.as_ref().map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
                write!(f, "read key {key} of the Kubernetes Secret {name}{namespace}, for the secret {secret}")
            }
            Self::Kubeconfig { path, leads_to, .. } => {
                let where_it_is = if path == leads_to { String::new() } else { format!(", which is {leads_to}") };
                write!(f, "use the kubeconfig {path}{where_it_is}, which can run programs on this machine to log in")
            }
            Self::Place { kubeconfig, context, namespace } => {
                let of = kubeconfig.as_ref().map(|file| format!(" of {file}")).unwrap_or_default();
                match (context, namespace) {
                    (Some(context), Some(namespace)) => write!(f, "use context {context}{of}, namespace {namespace}"),
                    (Some(context), None) => write!(f, "use context {context}{of}, in the namespace that you name"),
                    (None, Some(namespace)) => write!(f, "use namespace {namespace} of the context that you name"),
                    (None, None) => f.write_str("use the place that you name"),
                }
            }
            Self::Pods { context: None, fields } => write!(f, "give its pods on clusters: {fields}"),
            Self::Pods { context: Some(context), fields } => write!(f, "give its pods in context {context}: {fields}"),
            Self::Grant { plugin, powers, .. } => write!(f, "give the plugin {plugin} these powers: {powers}"),
            Self::Registry { host, insecure, ca_file, mirrors, .. } => {
                let insecure = insecure.then(|| "without checking who answers".to_owned());
                let authority = ca_file.as_ref().map(|file| format!("trusting {file} to say who it is"));
                let mirrors = (!mirrors.is_empty()).then(|| format!("asking {} first", mirrors.join(", ")));
                let how: Vec<String> = [insecure, authority, mirrors].into_iter().flatten().collect();
                write!(f, "reach the registry {host} {}", how.join(", "))
            }
            Self::Caches { store, leads_to, namespace, max_size, expire_days } => {
                let leads_to = leads_to.as_ref().map(|path| format!(", which is {path}")).unwrap_or_default();
                let store = store.as_ref().map(|store| format!("in {store}{leads_to}"));
                let namespace = namespace.as_ref().map(|namespace| format!("under the name {namespace}"));
                let size = max_size.map(|size| format!("with at most {}", MebiBytes(size)));
                let days = expire_days.map(|days| if days == 1 { "for one day".to_owned() } else { format!("for {days} days") });
                let how: Vec<String> = [store, namespace, size, days].into_iter().flatten().collect();
                write!(f, "keep caches {}", how.join(", "))
            }
            Self::Artifacts { store, leads_to: None } => write!(f, "send artifacts to {store}"),
            Self::Artifacts { store, leads_to: Some(path) } => write!(f, "send artifacts to {store}, which is {path}"),
            Self::Objects { store } => {
                write!(f, "send the Git objects in {} to its pods, from which its repository borrows", store.display())
            }
            Self::HostAlias { ip, hostnames } => write!(f, "send what goes to {} to {ip}", hostnames.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(account: Option<&str>, team: Option<&str>) -> Ask {
        let labels = team.map(|team| ("team".to_owned(), team.to_owned())).into_iter().collect();
        let fields = PodFields { service_account_name: account.map(str::to_owned), labels, ..PodFields::default() };
        Ask::Pods { context: None, fields }
    }

    /// What a run uses of it is a part of what was trusted; another value is not, and takes the old one's place.
    #[test]
    fn a_part_of_what_is_said_of_pods_is_trusted_with_the_whole() {
        let whole = pods(Some("builder"), Some("a"));
        let parts = [pods(Some("builder"), None), pods(None, Some("a"))];
        assert!(parts.iter().all(|part| whole.covers(part) && !part.covers(&whole)));
        assert!(!parts[0].covers(&parts[1]) && !parts[0].replaces(&parts[1]), "both stay");
        let other = pods(Some("admin"), Some("a"));
        assert!(!whole.covers(&other) && other.replaces(&whole) && other.replaces(&parts[0]));
        let elsewhere = Ask::Pods { context: Some("c".into()), fields: PodFields::default() };
        assert!(!whole.covers(&elsewhere) && !elsewhere.replaces(&whole));
    }
}
