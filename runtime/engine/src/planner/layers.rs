//! `cache: shared` of a build: its layers lie in the registry of the cache store, in the scopes of the run.

use serde_json::{Value, json};
use windlass_model::cache::CacheAccess;

/// What a build says.
const SHARED: &str = "shared";

/// Puts repositories in the place of the word. A build that does not say it stays as it is.
///
/// # Errors
/// When layers can be kept nowhere, in one sentence with what to do.
pub(super) fn resolve(request: &mut Value, caches: Option<&CacheAccess>) -> Result<(), String> {
    let Some(cache) = request.get_mut("cache").filter(|cache| *cache == SHARED) else { return Ok(()) };
    let Some(layers) = caches.and_then(CacheAccess::layers) else {
        let now = match caches {
            Some(access) => format!("and that is {}", access.store),
            None => "and there is none".to_owned(),
        };
        return Err(format!(
            "`cache: shared` keeps layers in the registry of the cache store, {now}; write `cache: {{store: \"oci://HOST/REPOSITORY\"}}` in \
             windlass.yaml, or name an image here: `cache: {{to: HOST/NAME}}`"
        ));
    };
    *cache = json!({"to": layers.first(), "from": layers});
    Ok(())
}

#[cfg(test)]
mod tests {
    use windlass_model::cache::{CacheScope, StoreLocation};
    use windlass_model::quantity::MebiBytes;

    use super::*;

    fn access(store: &str, lines: &[&str]) -> CacheAccess {
        let read: Vec<CacheScope> =
            lines.iter().map(|line| CacheScope { namespace: "o/r".to_owned(), line: (*line).to_owned() }).collect();
        let store = StoreLocation::parse(store).unwrap_or_else(|error| panic!("{error}"));
        CacheAccess { store, write: read[0].clone(), read, max_size: MebiBytes(1), expire_days: 1 }
    }

    fn resolved(cache: Value, access: Option<&CacheAccess>) -> Result<Value, String> {
        let mut request = json!({"context": ".", "cache": cache});
        resolve(&mut request, access).map(|()| request["cache"].clone())
    }

    #[test]
    fn a_pull_request_reads_the_layers_of_its_base_and_writes_its_own() {
        let pull = access("oci://reg.corp/ci", &["pr/7", "main"]);
        let main = access("oci://reg.corp/ci", &["main"]);
        let (of_pull, of_main) = (resolved(json!("shared"), Some(&pull)), resolved(json!("shared"), Some(&main)));
        let (of_pull, of_main) = (of_pull.unwrap_or_default(), of_main.unwrap_or_default());
        assert!(of_main["to"].as_str().is_some_and(|to| to.starts_with("reg.corp/ci/layers/")), "{of_main}");
        assert_ne!(of_pull["to"], of_main["to"]);
        assert_eq!(of_pull["from"], json!([of_pull["to"], of_main["to"]]));
    }

    #[test]
    fn a_store_in_no_registry_is_told_and_anything_else_is_left_alone() {
        let bucket = access("s3://b", &["main"]);
        for (access, said) in [(Some(&bucket), "that is s3://b"), (None, "there is none")] {
            let error = resolved(json!("shared"), access).err().unwrap_or_default();
            assert!(error.contains(said) && error.contains("oci://"), "{error}");
        }
        let written = json!({"to": "r/x", "from": ["shared"]});
        assert_eq!(resolved(written.clone(), Some(&bucket)), Ok(written));
        assert_eq!(resolved(Value::Null, None), Ok(Value::Null));
    }
}
