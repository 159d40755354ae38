//! The digest that a push gave, as docker says it twice.

/// Finds `1.0: digest: sha256:… size: 1234`, the last line of a push.
pub(crate) fn from_push(output: &str) -> Option<String> {
    output.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once("digest: ")?;
        rest.split_whitespace().next().filter(|word| is_digest(word)).map(str::to_owned)
    })
}

/// Whether `["repository@sha256:…"]` names this digest for the reference's repository.
pub(crate) fn is_known(repo_digests: &str, reference: &str, digest: &str) -> bool {
    let repository = repository(reference);
    let known = repo_digests.trim().trim_matches(['[', ']']).split(',').map(|item| item.trim().trim_matches('"'));
    known.filter_map(|item| item.split_once('@')).any(|(name, found)| name == repository && found == digest)
}

/// The reference without its tag, as docker writes it: without Docker Hub's host.
fn repository(reference: &str) -> &str {
    let last = reference.rfind('/').map_or(0, |slash| slash + 1);
    let bare = reference.get(last..).and_then(|name| name.find(':')).map_or(reference, |colon| &reference[..last + colon]);
    bare.strip_prefix("docker.io/library/").or_else(|| bare.strip_prefix("docker.io/")).unwrap_or(bare)
}

fn is_digest(word: &str) -> bool {
    word.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(fill: char) -> String {
        format!("sha256:{}", fill.to_string().repeat(64))
    }

    #[test]
    fn the_last_digest_is_the_manifest_s() {
        let output = format!("5f70bf18a086: Pushed\nlatest: digest: {} size: 528\n", digest('a'));
        assert_eq!(from_push(&output), Some(digest('a')));
        assert_eq!(from_push("denied: digest: none"), None);
    }

    #[test]
    fn the_daemon_must_know_it_for_the_same_repository() {
        let known = format!("[\"gcr.io/my-project/my-app@{}\",\"corp/app@{}\"]\n", digest('a'), digest('b'));
        assert!(is_known(&known, "gcr.io/my-project/my-app:1", &digest('a')));
        assert!(is_known(&known, "docker.io/corp/app", &digest('b')));
        assert!(!is_known(&known, "gcr.io/my-project/my-app:1", &digest('b')));
        assert!(!is_known("[]", "a", &digest('a')));
    }

    #[test]
    fn a_port_is_not_a_tag() {
        assert_eq!(repository("localhost:5000/app"), "localhost:5000/app");
        assert_eq!(repository("localhost:5000/app:1"), "localhost:5000/app");
        assert_eq!(repository("docker.io/library/app:1"), "app");
    }
}
