//! The commands of a script that push images, and under which references: also where nothing else of the script is understood.
//!
//! What they are is for telling which lines of the script's output may be believed, so a command that hides here (in a file, a function's
//! arguments) loses a line of the summary, and nothing else.

use crate::syntax::{Simple, parse};
use crate::word::{Part, Word};

/// Programs that push images, and say so alike.
const CLIENTS: [&str; 4] = ["docker", "podman", "buildah", "nerdctl"];

/// Scripts in scripts, and scripts in those.
const DEEPEST: usize = 3;

/// What each push may push: the parts of its reference that are written, between any two of which anything may stand.
pub fn pushes(script: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    collect(script, DEEPEST, &mut found);
    found
}

fn collect(script: &str, depth: usize, found: &mut Vec<Vec<String>>) {
    let parsed = parse(script);
    let lists = parsed.lists.iter().chain(&parsed.unfinished);
    for simple in lists.flat_map(|list| &list.pipelines).flat_map(|pipeline| &pipeline.commands) {
        found.extend(of_command(simple));
        if let Some(inner) = inner(simple).filter(|_| depth > 0) {
            collect(&inner, depth - 1, found);
        }
    }
}

fn is_client(program: &str) -> bool {
    CLIENTS.contains(&program.rsplit('/').next().unwrap_or_default())
}

/// The script of `sh -c '…'`.
fn inner(simple: &Simple) -> Option<String> {
    let mut words = simple.words.iter().skip_while(|word| !matches!(word.literal().as_deref(), Some("sh" | "bash" | "ash")));
    words.next()?;
    let flag = |word: &&Word| word.literal().is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c'));
    words.find(flag)?;
    let written = |part: &Part| match part {
        Part::Literal { text, .. } => text.clone(),
        Part::Variable { name, .. } => format!("${{{name}}}"),
        Part::Opaque { .. } => "${x}".to_owned(),
    };
    words.next().map(|script| script.parts.iter().map(written).collect())
}

fn of_command(simple: &Simple) -> Vec<Vec<String>> {
    let literals: Vec<Option<String>> = simple.words.iter().map(Word::literal).collect();
    let Some(at) = crate::commands::program(&literals, is_client) else { return Vec::new() };
    let rest = simple.words.get(at + 1..).unwrap_or_default();
    let is = |word: &Word, name: &str| word.literal().as_deref() == Some(name);
    if rest.iter().any(|word| is(word, "--push") || word.prefix().contains("push=true")) {
        // What a build pushes is what it is tagged with; without a tag here, its file says it.
        let tags = tags(rest);
        return if tags.is_empty() { vec![anything()] } else { tags };
    }
    let Some(push) = rest.iter().position(|word| is(word, "push")) else { return Vec::new() };
    let all = rest.iter().any(|word| is(word, "-a") || is(word, "--all-tags"));
    let arguments = || rest.iter().skip(push + 1).filter(|word| !word.prefix().starts_with('-'));
    let of_files = rest.iter().take(push).any(|word| is(word, "compose"));
    match arguments().next_back() {
        Some(reference) if !of_files => {
            let mut parts = parts(reference);
            if all && let Some(last) = parts.last_mut() {
                last.push(':');
                parts.push(String::new());
            }
            vec![parts]
        }
        _ => vec![anything()],
    }
}

/// The values of `--tag`.
fn tags(words: &[Word]) -> Vec<Vec<String>> {
    let mut tags = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.literal().as_deref() {
            Some("-t" | "--tag") => tags.extend(words.next().map(parts)),
            _ if word.prefix().starts_with("--tag=") => {
                let mut parts = parts(word);
                if let Some(first) = parts.first_mut() {
                    first.drain(.."--tag=".len());
                }
                tags.push(parts);
            }
            _ => {}
        }
    }
    tags
}

fn anything() -> Vec<String> {
    vec![String::new(), String::new()]
}

/// The parts of a word that are written. Podman names the transport, too.
fn parts(word: &Word) -> Vec<String> {
    let mut parts = vec![String::new()];
    for part in &word.parts {
        match (part, parts.last_mut()) {
            (Part::Literal { text, .. }, Some(last)) => last.push_str(text),
            _ => parts.push(String::new()),
        }
    }
    if let Some(first) = parts.first_mut()
        && let Some(reference) = first.strip_prefix("docker://")
    {
        *first = reference.to_owned();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(script: &str) -> Vec<String> {
        pushes(script).into_iter().map(|parts| parts.join("*")).collect()
    }

    /// Proves that pushes are found wherever a script has them, with what is written of their references, and that words alone are none.
    #[test]
    fn pushes_are_found_in_any_script() {
        assert_eq!(joined("docker push gcr.io/p/app:$CIRRUS_CHANGE_IN_REPO"), ["gcr.io/p/app:*"]);
        assert_eq!(joined("set -e\nfor t in a b; do docker push \"app:$t\"; done"), ["app:*"]);
        assert_eq!(joined("if true; then sudo docker image push -q a:1 | tee log; fi"), ["a:1"]);
        assert_eq!(joined("docker --config x push a:1 && podman push img docker://r.example/b:2"), ["a:1", "r.example/b:2"]);
        assert_eq!(joined("docker push --all-tags r.example/a"), ["r.example/a:*"]);
        assert_eq!(joined("docker buildx build --push -t a:1 --tag=b:$V ."), ["a:1", "b:*"]);
        assert_eq!(joined("docker compose push"), ["*"]);
        assert_eq!(joined("bash -ec \"docker push $IMAGE:1\""), ["*:1"]);
        assert_eq!(joined("docker push $(cat name)"), ["*"]);
        for none in ["echo docker push a:1", "echo 'latest: digest: sha256:x size: 1'", "git push origin", "docker build -t a ."]
        {
            assert_eq!(joined(none), [""; 0], "{none}");
        }
    }
}
