//! What an error of a bucket is to a store.

use object_store::Error;

use crate::StoreError;
use crate::miss::causes;

/// What stores say that do not let one in.
const REFUSED: [&str; 5] = ["401 Unauthorized", "403 Forbidden", "AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId"];

/// What they say that take no more.
const FULL: [&str; 4] = ["507 Insufficient Storage", "EntityTooLarge", "QuotaExceeded", "no space left on device"];

/// The error; what the library says of addresses is left out where it could hold a signature.
pub(super) fn failed(store: &str, error: Error) -> StoreError {
    let store = store.to_owned();
    let said = |source: &dyn std::error::Error| without_query(&causes(source));
    match &error {
        Error::Unauthenticated { source, .. } | Error::PermissionDenied { source, .. } => {
            StoreError::Refused { store, problem: said(&**source) }
        }
        Error::NotFound { source, .. } => {
            StoreError::Protocol { store, problem: format!("there is no such bucket, or it is empty: {}", said(&**source)) }
        }
        Error::Generic { source, .. } => {
            let problem = said(&**source);
            let has = |words: &[&str]| words.iter().any(|word| problem.contains(word));
            // Of lists, the library says what came of them in words alone.
            if has(&REFUSED) {
                StoreError::Refused { store, problem }
            } else if has(&FULL) {
                StoreError::Full { store, problem }
            } else {
                StoreError::Unreachable { store, problem }
            }
        }
        other => StoreError::Protocol { store, problem: said(other) },
    }
}

/// A text whose addresses have lost what follows a question mark.
fn without_query(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match word.split_once('?') {
        Some((address, _)) if address.contains("://") => format!("{address}?…"),
        _ => word.to_owned(),
    });
    let text: Vec<String> = words.collect();
    windlass_model::text::shortened(&text.join(" "), 500).into_owned()
}

#[cfg(test)]
mod tests {
    use super::without_query;

    #[test]
    fn a_signature_is_not_shown() {
        let shown = without_query("sending to https://b.corp/a?X-Amz-Signature=abc&x=y: timed out?");
        assert_eq!(shown, "sending to https://b.corp/a?… timed out?");
    }
}
