//! Values that are secrets: `ENCRYPTED[…]` and `VAULT[…]`. Only names and references are kept.

use crate::diagnostics::{Code, Diagnostic};
use crate::problems::Problems;
use crate::source::Span;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use windlass_model::secret::SecretName;
use windlass_model::task::SecretRequest;

/// The secrets of one task, each once, and the place of each name in the list.
#[derive(Debug, Default)]
pub(super) struct Secrets(RefCell<(Vec<SecretRequest>, HashMap<String, usize>)>);

/// How many secrets a task may name. A Kubernetes Secret holds one mebibyte, so far fewer are of use.
const MOST: usize = 500;

const FORMS: [&str; 3] = ["ENCRYPTED[", "VAULT[", "VAULT_NOCACHE["];

/// Whether a value is a reference to a secret and nothing else.
pub(crate) fn is_secret(value: &str) -> bool {
    let value = value.trim();
    FORMS
        .iter()
        .any(|form| value.strip_prefix(form).and_then(|rest| rest.find(']').map(|end| end + 1 == rest.len())) == Some(true))
}

/// Whether a secret is written inside other text, where it would not be recognised.
pub(super) fn is_embedded(value: &str) -> bool {
    !is_secret(value) && FORMS.iter().any(|form| value.split_once(form).is_some_and(|(_, rest)| rest.contains(']')))
}

impl Secrets {
    /// The name of the secret that `variable` holds: the variable's own, until another container of the task sets the
    /// same variable to another secret.
    pub(super) fn request(&self, variable: &str, reference: &str, span: Span, problems: &Problems) -> Option<SecretName> {
        let (requests, places) = &mut *self.0.borrow_mut();
        let mut name = variable.to_owned();
        let mut count = 1;
        while let Some(taken) = places.get(&name).and_then(|at| requests.get(*at)) {
            if taken.reference == reference {
                return Some(taken.name.clone());
            }
            if requests.len() >= MOST {
                break;
            }
            count += 1;
            name = format!("{variable}.{count}");
        }
        if requests.len() >= MOST {
            let message = format!("a task may name {MOST} secrets, and this one names more");
            problems.push(Diagnostic::error(Code::TooMuchExpansion, span, message));
            return None;
        }
        match SecretName::new(name) {
            Ok(name) => {
                places.insert(name.as_str().to_owned(), requests.len());
                requests.push(SecretRequest { name: name.clone(), reference: reference.to_owned() });
                Some(name)
            }
            Err(error) => {
                problems.push(Diagnostic::error(Code::InvalidValue, span, error.to_string()));
                None
            }
        }
    }

    /// The requests for secrets that are `used`. A value that a later one replaced is not needed.
    pub(super) fn into_used(self, used: &HashSet<&str>) -> Vec<SecretRequest> {
        let (mut requests, _) = self.0.into_inner();
        requests.retain(|request| used.contains(request.name.as_str()));
        requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_their_brackets() {
        for text in ["ENCRYPTED[abc]", " ENCRYPTED[!abc!]", "VAULT[a/b data.c]", "VAULT_NOCACHE[a b]"] {
            assert!(is_secret(text) && !is_embedded(text), "{text}");
        }
        for text in ["Bearer ENCRYPTED[abc]", "ENCRYPTED[a]ENCRYPTED[b]"] {
            assert!(!is_secret(text) && is_embedded(text), "{text}");
        }
        for text in ["echo ENCRYPTED[", "encrypted[a]", ""] {
            assert!(!is_secret(text) && !is_embedded(text), "{text}");
        }
    }
}
