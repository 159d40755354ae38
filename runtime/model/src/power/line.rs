//! The line of `windlass.yaml` that grants powers. It is written here and nowhere else: whoever refuses something shows it.

use super::{ContainerScope, HostScope, PathLimit, PathScope, Power, Powers, VariableLimit, VariableScope};
use crate::path_pattern::PathPattern;
use crate::pod_limits::PodLimits;
use crate::pod_security::Level;
use crate::scope::Scope;

/// One line, so that it fits a sentence: the entry of `plugins` that grants these powers, in YAML's flow style. `key` is what the settings
/// call the plugin.
pub fn grant_line(key: &str, powers: &Powers) -> String {
    format!("plugins: {{{}: [{}]}}", quoted(key), items(powers))
}

/// The entries for several plugins: one line for one, else a line each below `plugins:`.
pub fn grant_lines<'a>(entries: impl IntoIterator<Item = (&'a str, &'a Powers)>) -> String {
    let entries: Vec<(&str, &Powers)> = entries.into_iter().collect();
    match entries.as_slice() {
        [(key, powers)] => grant_line(key, powers),
        entries => {
            let line = |(key, powers): &(&str, &Powers)| format!("\n  {}: [{}]", quoted(key), items(powers));
            format!("plugins:{}", entries.iter().map(line).collect::<String>())
        }
    }
}

/// The entries of a signer for several plugins that it has signed.
pub fn signer_lines<'a>(signer: &str, entries: impl IntoIterator<Item = (&'a str, &'a Powers)>) -> String {
    let line = |(key, powers): (&str, &Powers)| format!("\n      {}: [{}]", quoted(key), items(powers));
    let lines: String = entries.into_iter().map(line).collect();
    format!("signers:\n  {}:\n    plugins:{lines}", quoted(signer))
}

/// One item for each power.
fn items(powers: &Powers) -> String {
    powers.list().map(|power| item(power, powers)).collect::<Vec<_>>().join(", ")
}

fn item(power: Power, powers: &Powers) -> String {
    let limits = match power {
        Power::Pod => powers.pod.as_ref().and_then(pod),
        Power::Containers => powers.containers.as_ref().and_then(containers),
        Power::EnvironmentSet => powers.environment_set.as_ref().and_then(variables),
        Power::Secrets => powers.secrets.as_ref().and_then(list),
        Power::WorkspaceRead => powers.workspace_read.as_ref().and_then(files),
        Power::WorkspaceWrite => powers.workspace_write.as_ref().and_then(files),
        Power::Http => powers.http.as_ref().and_then(hosts),
        Power::Results => powers.results.as_ref().and_then(list),
        Power::Registries | Power::Environment | Power::SecretsReveal => None,
    };
    limits.map_or_else(|| power.to_string(), |limits| format!("{{{power}: {limits}}}"))
}

fn pod(limits: &PodLimits) -> Option<String> {
    let mut fields = Vec::new();
    // Under `privileged` they say nothing.
    if !limits.except.is_empty() && limits.level != Level::Privileged {
        fields.push(format!("except: {}", flow(limits.except.iter().map(|exception| exception.as_str()))));
    }
    fields.extend(list(&limits.capabilities).map(|names| format!("capabilities: {names}")));
    fields.extend(list(&limits.images).map(|names| format!("images: {names}")));
    if let Some(ports) = &limits.ports {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        fields.push(format!("ports: [{}]", ports.join(", ")));
    }
    fields.extend(limits.cpu.map(|cpu| format!("cpu: {}", cpu.written())));
    fields.extend(limits.memory.map(|memory| format!("memory: {}", memory.written())));
    if !limits.shared {
        fields.push("shared: false".to_owned());
    }
    // Beside other limits it is said also where it is the usual one: whoever wrote it finds it again.
    if !fields.is_empty() || limits.level != PodLimits::default().level {
        fields.insert(0, format!("level: {}", limits.level));
    }
    (!fields.is_empty()).then(|| format!("{{{}}}", fields.join(", ")))
}

fn containers(scope: &ContainerScope) -> Option<String> {
    let named = scope.of_task.lists().last().map(|list| list.iter().map(|name| name.0.as_str()).collect::<Vec<_>>());
    match (scope.own, named) {
        (true, None) => None,
        (true, Some(names)) if names.is_empty() => Some(ContainerScope::OWN.to_owned()),
        (own, names) => {
            let own = own.then_some(ContainerScope::OWN);
            Some(flow(own.into_iter().chain(names.unwrap_or_else(|| vec!["*"]))))
        }
    }
}

fn variables(scope: &VariableScope) -> Option<String> {
    match scope.limits().last() {
        None => Some(VariableScope::ALL.to_owned()),
        Some(VariableLimit::Ordinary) => None,
        Some(VariableLimit::Only(patterns)) => Some(flow(patterns.iter().map(|pattern| pattern.0.as_str()))),
    }
}

fn files(scope: &PathScope) -> Option<String> {
    match scope.limits().last() {
        None | Some(PathLimit::Ordinary) => None,
        Some(PathLimit::Only(patterns)) => Some(flow(patterns.iter().map(PathPattern::as_str))),
    }
}

fn hosts(scope: &HostScope) -> Option<String> {
    let hosts: Vec<String> = scope.lists().next_back()?.iter().map(ToString::to_string).collect();
    Some(flow(hosts.iter().map(String::as_str)))
}

/// The list that a new name would have to be written to: of several, each comes from somebody else, and the last is the narrowest.
fn list(scope: &Scope) -> Option<String> {
    scope.lists().last().map(|patterns| flow(patterns.iter().map(|pattern| pattern.0.as_str())))
}

fn flow<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", words.map(quoted).collect::<Vec<_>>().join(", "))
}

/// A text as YAML needs it: quoted where a reader could take it for something else.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_');
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if !word && text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '/')) && text.chars().all(plain) {
        text.to_owned()
    } else {
        // A JSON text is a YAML text, control characters and all.
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host_pattern::HostPattern;
    use crate::pattern::Pattern;
    use crate::pod_security::Exception;
    use crate::quantity::{MebiBytes, MilliCpu};

    fn names(words: &[&str]) -> Scope {
        Scope::only(words.iter().map(|word| Pattern((*word).to_owned())))
    }

    fn host(text: &str) -> HostPattern {
        HostPattern::parse(text).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn a_line_says_every_limit_and_no_more() {
        let mut powers = Powers::default();
        Power::ALL.into_iter().for_each(|power| powers.add(power));
        assert_eq!(
            grant_line("./pins.wasm", &powers),
            "plugins: {./pins.wasm: [pod, containers, registries, environment, environment-set, secrets, secrets-reveal, \
             workspace-read, workspace-write, http, results]}"
        );
        powers = Powers {
            pod: Some(PodLimits {
                except: [Exception::SeccompUnconfined].into(),
                capabilities: names(&["CHOWN"]),
                images: names(&["corp.io/a:*"]),
                ports: Some([80, 2375].into()),
                cpu: Some(MilliCpu(1500)),
                memory: Some(MebiBytes(512)),
                shared: false,
                ..PodLimits::default()
            }),
            containers: Some(ContainerScope { own: true, of_task: names(&["main"]) }),
            environment_set: Some(VariableScope::only([Pattern("DOCKER_HOST".into())])),
            secrets: Some(names(&["A", "B_*"])),
            http: Some(HostScope::granted(["*.corp.io", "http://a:80", "b:8443"].map(host).into())),
            results: Some(names(&["IMAGE"])),
            workspace_read: PathPattern::parse("**/go.mod").ok().map(|pattern| PathScope::only([pattern])),
            ..Powers::default()
        };
        assert_eq!(
            grant_line("oci://corp/pins:1", &powers),
            "plugins: {\"oci://corp/pins:1\": [{pod: {level: baseline, except: [seccomp-unconfined], capabilities: [CHOWN], images: [\"corp.io/a:*\"], \
             ports: [80, 2375], cpu: 1.5, memory: 512Mb, shared: false}}, {containers: [own, main]}, \
             {environment-set: [DOCKER_HOST]}, {secrets: [A, \"B_*\"]}, {workspace-read: [\"**/go.mod\"]}, {http: [\"*.corp.io\", \"http://a\", \"b:8443\"]}, {results: [IMAGE]}]}"
        );
        powers = Powers {
            pod: Some(PodLimits::unlimited()),
            containers: Some(ContainerScope::own()),
            environment_set: Some(VariableScope::all()),
            ..Powers::default()
        };
        assert_eq!(
            grant_line("no", &powers),
            "plugins: {\"no\": [{pod: {level: privileged}}, {containers: own}, {environment-set: all}]}"
        );
    }
}
