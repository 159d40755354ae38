//! The tables, in Markdown.

use std::fmt::Write as _;

use windlass_model::pod::ContainerPlan;

use super::asked::{Answer, Builder, SEVERAL_PLATFORMS};

/// All of them.
pub fn render(builders: &[Builder]) -> String {
    format!("\n{}\n{}\n{}\n", cluster(builders), result(builders), fields(builders))
}

/// What each asks of a cluster.
fn cluster(builders: &[Builder]) -> String {
    let row = |builder: &Builder| {
        let of = |fact: &dyn Fn(&ContainerPlan) -> String| joined(builder.runs.iter().map(fact));
        vec![
            format!("`{}`", builder.info.name),
            builder.level.to_string(),
            of(&|c| yes(c.security.privileged)),
            capabilities(builder),
            of(&seccomp),
            of(&escalation),
            of(&|c| {
                c.security
                    .run_as_user
                    .map_or("the image's".into(), |user| if user == 0 { "root".into() } else { user.to_string() })
            }),
            of(&|c| yes(c.security.read_only_root)),
        ]
    };
    let head = [
        "builder",
        "Pod Security level",
        "privileged",
        "capabilities",
        "seccomp filter",
        "may gain rights",
        "user",
        "read-only root",
    ];
    table(&head.map(str::to_owned), builders.iter().map(row))
}

/// What each is and makes.
fn result(builders: &[Builder]) -> String {
    let row = |builder: &Builder| {
        let fact = |name: &str| builder.info.facts.get(name).cloned().unwrap_or_else(|| "not said".into());
        vec![
            format!("`{}`", builder.info.name),
            fact("runs"),
            fact("formats"),
            fact("caches"),
            fact("maintained"),
            joined(builder.runs.iter().map(|c| format!("`{}`", c.image))),
        ]
    };
    let head = ["builder", "runs", "formats", "caches", "maintained", "image, unless said otherwise"];
    table(&head.map(str::to_owned), builders.iter().map(row))
}

/// What each honours of the shared request, and what each says of those that it honours only in part.
fn fields(builders: &[Builder]) -> String {
    let head: Vec<String> =
        ["field".to_owned()].into_iter().chain(builders.iter().map(|builder| format!("`{}`", builder.info.name))).collect();
    let mut notes: Vec<(Vec<&str>, &str, &str)> = Vec::new();
    let mut rows = Vec::new();
    let names: Vec<&str> = builders.first().map(|b| b.fields.iter().map(|(field, _)| *field).collect()).unwrap_or_default();
    for (index, field) in names.iter().enumerate() {
        let mut row = vec![shown(field)];
        for builder in builders {
            row.push(match builder.fields.get(index).map(|(_, answer)| answer) {
                Some(Answer::Honoured) => "yes".to_owned(),
                Some(Answer::Refused) | None => "–".to_owned(),
                Some(Answer::Conditional(reason)) => format!("({})", note(&mut notes, field, &builder.info.name, reason)),
            });
        }
        rows.push(row);
    }
    let mut text = table(&head, rows.into_iter());
    for (number, (fields, builder, reason)) in notes.iter().enumerate() {
        let fields: Vec<String> = fields.iter().map(|field| shown(field)).collect();
        let _ = write!(
            text,
            "\n({}) {builder}, {}: {reason}.{}",
            number + 1,
            fields.join(" and "),
            if number + 1 < notes.len() { "\\" } else { "\n" }
        );
    }
    text
}

/// The number of a note, which fields may share.
fn note<'a>(notes: &mut Vec<(Vec<&'a str>, &'a str, &'a str)>, field: &'a str, builder: &'a str, reason: &'a str) -> usize {
    match notes.iter_mut().position(|(_, of, why)| (*of, *why) == (builder, reason)) {
        Some(index) => {
            notes[index].0.push(field);
            index + 1
        }
        None => {
            notes.push((vec![field], builder, reason));
            notes.len()
        }
    }
}

fn shown(field: &str) -> String {
    match field {
        "git_context" => "`context`, a repository's URL".to_owned(),
        SEVERAL_PLATFORMS => "`platforms`, more than one".to_owned(),
        field => format!("`{field}`"),
    }
}

fn capabilities(builder: &Builder) -> String {
    let of = |containers: &[ContainerPlan]| {
        joined(containers.iter().map(|c| {
            let drops_all = c.security.drop_capabilities.iter().any(|name| name == "ALL");
            match (c.security.privileged, drops_all, c.security.add_capabilities.as_slice()) {
                (true, ..) => "all".to_owned(),
                (false, true, []) => "none".to_owned(),
                (false, true, added) => added.join(", "),
                (false, false, added) => {
                    ["the runtime's".to_owned()].into_iter().chain(added.iter().cloned()).collect::<Vec<_>>().join(", ")
                }
            }
        }))
    };
    let (runs, copies) = (of(&builder.runs), of(&builder.copies));
    if runs == copies { runs } else { format!("{runs}; {copies} when the Dockerfile only copies into `scratch`") }
}

/// A privileged container has no filter, whatever else it asks for.
fn seccomp(container: &ContainerPlan) -> String {
    if container.security.seccomp_unconfined || container.security.privileged { "none".into() } else { "the runtime's".into() }
}

/// Whether a process may get more rights than the one that starts it, which Kubernetes allows unless told otherwise.
fn escalation(container: &ContainerPlan) -> String {
    yes(container.security.allow_privilege_escalation.unwrap_or(true))
}

fn yes(is: bool) -> String {
    if is { "yes".into() } else { "no".into() }
}

/// What is said of each container, once when all say the same.
fn joined(said: impl Iterator<Item = String>) -> String {
    let mut said: Vec<String> = said.collect();
    said.dedup();
    if said.is_empty() { "no container".into() } else { said.join("; ") }
}

fn table(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head);
    text += &format!("|{}\n", "---|".repeat(head.len()));
    for row in rows {
        text += &line(&row.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>());
    }
    text
}
