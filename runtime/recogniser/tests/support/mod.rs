//! Requests and refusals as short text, for people to compare.

#![allow(dead_code, reason = "each test file uses its part")]

use windlass_recogniser::{Field, Handed, Kind, PasswordFile, Recognition, Request, Script, recognise};

/// What scripts come to, one request a line.
pub fn read(scripts: &[&str]) -> Recognition {
    let scripts: Vec<Script<'_>> = scripts.iter().map(|text| Script { text, background: false }).collect();
    let files = [PasswordFile { path: "key.json".into(), variable: "KEY".into() }];
    recognise(&scripts, &files)
}

/// The requests of scripts that are fully understood.
pub fn requests(scripts: &[&str]) -> Vec<String> {
    match read(scripts) {
        Recognition::Typed(typed) => {
            typed.iter().flat_map(|script| &script.requests).map(|placed| request(&placed.request)).collect()
        }
        other => panic!("{scripts:?}: {other:?}"),
    }
}

fn request(request: &Request) -> String {
    let kind = match request.kind() {
        Kind::Login => "login",
        Kind::Build => "build",
        Kind::Push => "push",
    };
    let mut text = format!("{kind} {}", map(&request.with()));
    if let Request::Build(build) = request
        && !build.docker_flags.is_empty()
    {
        text.push_str(&format!(" docker={}", build.docker_flags.join(",")));
    }
    text.trim_end().to_owned()
}

fn map(fields: &[(String, Field)]) -> String {
    fields.iter().map(|(name, field)| format!("{name}={}", show(field))).collect::<Vec<_>>().join(" ")
}

fn show(field: &Field) -> String {
    let list = |texts: &[windlass_recogniser::Text]| texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    match field {
        Field::Text(text) | Field::Number(text) => text.to_string(),
        Field::Secret(name, handed) => {
            format!("secret:{name}{}", handed.map_or("", |handed| if handed == Handed::Words { ".words" } else { ".word" }))
        }
        Field::List(texts) | Field::References(texts) => format!("[{}]", list(texts)),
        Field::Map(fields) => format!("{{{}}}", map(fields)),
    }
}

/// What is refused, each as `script:line: word`.
pub fn refusals(scripts: &[&str]) -> Vec<String> {
    match read(scripts) {
        Recognition::Refused { scripts: refused, .. } => refused
            .iter()
            .flat_map(|script| {
                let text = scripts[script.script];
                script.refusals.iter().map(move |r| format!("{}:{}: {}", script.script + 1, r.line(text), r.word(text)))
            })
            .collect(),
        other => panic!("{scripts:?}: {other:?}"),
    }
}
