//! What to do about a failure.

use windlass_engine::planner::{GrantLines, PlanError, Refusal, Unvouched};
use windlass_engine::ports::plugin::PluginError;
use windlass_model::docker::RefusedWord;
use windlass_model::plan::{OpenCluster, OpenValue};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::text;

use super::Failure;
use crate::variables::GivenError;

/// One suggestion an entry; none where the message itself says what to do.
pub(super) fn of(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Usage { help, .. } | Failure::Unreadable { help, .. } => help.clone(),
        Failure::Given(GivenError::Missing(name)) => vec![format!("give the value: -e {name}=VALUE")],
        Failure::Given(_) | Failure::Sources(_) | Failure::Secret(_) | Failure::Value(_) => Vec::new(),
        Failure::Plan(errors) => errors.iter().flat_map(|located| of_plan(&located.error)).collect(),
        Failure::Plugin(error) => plugin(error),
        Failure::Substitute { source, .. } => plugin(source),
        Failure::Open { open } => open.iter().map(giving).collect(),
        Failure::Untrusted { asks, options, .. } => [
            Some(format!("it asks to:\n{}", indent(&untrusted(asks)))),
            options.as_ref().map(|options| format!("name the place yourself, if it is the right one: {options}")),
            Some("windlass trust, on a terminal, remembers your answer until it asks for something else".into()),
            Some("--trust-project, or WINDLASS_TRUST_PROJECT=1 in CI, trusts it for one command, whatever it asks for".into()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Failure::Driver(error) => error.help().into_iter().collect(),
        Failure::Kubeconfig(_) => vec!["correct it, or name another one in KUBECONFIG".into()],
        Failure::NoKubeconfig(_) => vec![NO_KUBECONFIG.into()],
        Failure::ClusterUnknown { .. } => {
            vec![NO_KUBECONFIG.into(), "--on engine runs every task on this machine's container engine".into()]
        }
        Failure::Engine(error) => vec![error.help()],
        Failure::Leftovers { leftovers } => leftovers.clone(),
        Failure::NothingToRun { .. } => vec!["windlass plan shows each task with the reason".into()],
        Failure::Unanswered { .. } => vec!["--on engine or --context NAME looks at one place alone".into()],
        Failure::Unwritable { .. }
        | Failure::Artifacts(_)
        | Failure::Caches(_)
        | Failure::Lock { .. }
        | Failure::Source(_)
        | Failure::Unsigned { .. }
        | Failure::Configuration { .. }
        | Failure::Declined
        | Failure::Doctor { .. }
        | Failure::PluginHost(_)
        | Failure::Output(_)
        | Failure::Runtime(_)
        | Failure::Bug => Vec::new(),
    }
}

/// What to do about a `KUBECONFIG` that leads nowhere.
pub const NO_KUBECONFIG: &str = "name a kubeconfig that is there, or unset KUBECONFIG: then ~/.kube/config counts";

/// What to do about a reason why there is no plan.
pub fn of_plan(error: &PlanError) -> Vec<String> {
    match error {
        PlanError::Plugin { source, .. } => plugin(source),
        PlanError::Denied(refusal) => of_refusal(refusal),
        PlanError::Policy { help, .. } => help.clone(),
        PlanError::Scripts { words, .. } => scripts(words),
        PlanError::Selection(_) | PlanError::Step { .. } | PlanError::Environment { .. } | PlanError::Conflict { .. } => {
            Vec::new()
        }
    }
}

/// What would allow what was refused. Signatures come first: a grant by name would let the plugin run without any.
pub fn of_refusal(refusal: &Refusal) -> Vec<String> {
    let Refusal { unvouched, grants, .. } = refusal;
    if unvouched.is_empty() && grants.is_empty() {
        return vec![WRONG.into()];
    }
    unvouched.iter().map(signing).chain(grants.iter().map(granting)).collect()
}

/// What a project asks for, one line each.
pub fn untrusted(asks: &[String]) -> String {
    asks.iter().map(|ask| format!("- {ask}")).collect::<Vec<_>>().join("\n")
}

fn scripts(words: &[RefusedWord]) -> Vec<String> {
    let mut help: Vec<String> = words.iter().filter_map(|word| word.help.clone()).collect();
    help.dedup();
    help.push("keep docker commands in scripts of their own, or write the step with `uses:` (windlass convert shows how)".into());
    help
}

fn signing(missing: &Unvouched) -> String {
    let Unvouched { plugin, signer, file, why } = missing;
    format!(
        "put the signature of plugin {plugin} right first ({why}): use a version that {signer} of {file} has signed, or ask whoever ships it \
         to have this one signed (windlass plugin sign); windlass plugin update looks at signatures anew"
    )
}

const WRONG: &str = "no setting allows it: the plugin has to be changed";

/// Whose word may be the first on a plugin.
const ANY: &str = "windlass.yaml (the platform's settings, or those of a repository that you trust)";

/// The lines that grant what was refused, and where they belong.
fn granting(lines: &GrantLines) -> String {
    let GrantLines { file, replaces, because_of, text } = lines;
    let list = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let instead = (!replaces.is_empty()).then(|| format!(", replacing what it says there for {}", list(replaces)));
    let beside = (!because_of.is_empty())
        .then(|| format!(", beside {}, which counts for no plugin that has an entry of its own", list(because_of)));
    let file = file.as_deref().unwrap_or(ANY);
    let how: String = [instead, beside].into_iter().flatten().collect();
    format!("to grant it, add to {file}{how}:\n{}", indent(text))
}

/// What to do about a plugin.
pub fn plugin(error: &PluginError) -> Vec<String> {
    match error {
        PluginError::Denied { grant, .. } => {
            vec![format!("to grant it, write in {ANY}, replacing what it says about this plugin:\n{}", indent(grant))]
        }
        // Of all others, what is wrong says what to do.
        PluginError::NotFound { reference, .. } => match PluginReference::parse(reference) {
            Ok(PluginReference::BuiltIn(_)) => vec!["windlass plugin ls shows the built-in plugins".into()],
            _ => Vec::new(),
        },
        PluginError::Trapped { frames, .. } if !frames.is_empty() => {
            vec![format!("the plugin's own frames, innermost first:\n{}", indent(&frames.join("\n")))]
        }
        _ => Vec::new(),
    }
}

/// A value that is open, what is wrong with it, and the ways to give it, one a line.
pub fn open_value(open: &OpenValue) -> String {
    match open.problem() {
        // Its own words are the whole sentence.
        Some(problem) if matches!(open, OpenValue::Cluster(_)) => listed(&problem, ways(open)),
        Some(problem) => listed(&format!("{problem}; {}", wanted(open)), ways(open)),
        None => listed(&wanted(open), ways(open)),
    }
}

/// The same, where what is wrong has been said.
fn giving(open: &OpenValue) -> String {
    listed(&wanted(open), ways(open))
}

fn listed(what: &str, ways: &[String]) -> String {
    format!("{}:\n{}", text::one_line(what), indent(&text::lines(&ways.join("\n"))))
}

fn wanted(open: &OpenValue) -> String {
    match open {
        OpenValue::Secret { task, name, .. } => format!("task {task} needs the secret {name}; give it in one of these ways"),
        OpenValue::Variable { name, file, line, tasks, .. } => {
            let them = if tasks.len() == 1 { "task" } else { "tasks" };
            let of = file.as_ref().map(|file| format!(" of {file}")).unwrap_or_default();
            format!("{them} {}: line {line}{of} refers to the variable {name}; give it in one of these ways", tasks.join(", "))
        }
        OpenValue::Cluster(OpenCluster { task, .. }) => format!("task {task} needs to know its cluster"),
        OpenValue::Registry { task, dockerfile, .. } => {
            format!("task {task} starts from an image that is built of {dockerfile}, and a cluster pulls images from a registry")
        }
    }
}

fn ways(open: &OpenValue) -> &[String] {
    match open {
        OpenValue::Secret { ways, .. }
        | OpenValue::Variable { ways, .. }
        | OpenValue::Cluster(OpenCluster { ways, .. })
        | OpenValue::Registry { ways, .. } => ways,
    }
}

/// A suggestion whose further lines cannot be taken for windlass' own, whoever wrote them.
pub(super) fn within(help: &str) -> String {
    let mut lines = help.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| {
        let margin = if line.starts_with("    ") { "" } else { "    " };
        format!("{text}\n{margin}{line}")
    })
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
