//! A cache in a registry, and what the client needs for one that only the environment says.

use windlass_plugin_sdk::{BuildRequest, Error, variables as of_task};

/// By these the client finds the cache of GitHub Actions, or what answers in its place.
const ACTIONS: [&str; 3] = ["ACTIONS_CACHE_SERVICE_V2", "ACTIONS_RESULTS_URL", "ACTIONS_RUNTIME_TOKEN"];

/// What the client sees of the task's variables: nothing, unless a flag names the cache that these variables lead to.
pub(crate) fn variables(request: &BuildRequest) -> Result<Vec<(&'static str, String)>, Error> {
    if !asks_for_actions(&request.extra_flags) {
        return Ok(Vec::new());
    }
    let set = ACTIONS.iter().map(|name| Ok(of_task::get(name)?.map(|value| (*name, value))));
    set.filter_map(Result::transpose).collect()
}

fn asks_for_actions(flags: &[String]) -> bool {
    flags.iter().any(|flag| flag.split([',', '=', ' ', '"']).any(|word| word == "gha"))
}

/// The flags for a request's cache.
pub(crate) fn flags(request: &BuildRequest) -> Vec<String> {
    let cache = &request.cache;
    let mut flags: Vec<String> = match &cache.to {
        // The image is built whether or not its cache can be kept.
        Some(reference) => {
            let mode = cache.mode.as_deref().unwrap_or("max");
            vec![format!("--export-cache=type=registry,ref={reference},mode={mode},ignore-error=true")]
        }
        // An image serves as a cache only if what it is made of was written into it. One that is read is likely to be replaced by this one.
        None if !cache.from.is_empty() => vec!["--export-cache=type=inline".to_owned()],
        None => Vec::new(),
    };
    if request.no_cache {
        flags.push("--no-cache".into());
    } else {
        flags.extend(
            cache.from.iter().chain(cache.to.iter().filter(|to| !cache.from.contains(to))).map(|reference| import(reference)),
        );
    }
    flags
}

fn import(reference: &str) -> String {
    format!("--import-cache=type=registry,ref={reference}")
}

#[cfg(test)]
mod tests {
    use windlass_plugin_sdk::Cache;

    use super::*;

    fn shown(to: Option<&str>, from: &[&str], mode: Option<&str>) -> String {
        let from = from.iter().map(|reference| (*reference).to_owned()).collect();
        let cache = Cache { to: to.map(str::to_owned), from, mode: mode.map(str::to_owned) };
        flags(&BuildRequest { cache, ..BuildRequest::default() }).join(" ")
    }

    #[test]
    fn every_stage_is_kept_and_found_again() {
        assert_eq!(shown(None, &[], None), "");
        assert_eq!(
            shown(Some("r/a:cache"), &["r/a:main"], None),
            "--export-cache=type=registry,ref=r/a:cache,mode=max,ignore-error=true \
             --import-cache=type=registry,ref=r/a:main --import-cache=type=registry,ref=r/a:cache"
        );
        assert!(shown(Some("r/a"), &[], Some("min")).contains("mode=min"));
    }

    #[test]
    fn only_a_flag_of_type_gha_lets_the_client_see_where_that_is() {
        let asks = |flags: &[&str]| asks_for_actions(&flags.iter().map(|flag| (*flag).to_owned()).collect::<Vec<_>>());
        assert!(asks(&["--progress=plain", "--export-cache=type=gha,mode=max"]));
        assert!(asks(&["--import-cache", "scope=app,type=gha"]));
        assert!(!asks(&[]) && !asks(&["--import-cache=type=registry,ref=r/gha-cache"]));
    }

    #[test]
    fn an_image_that_is_read_as_a_cache_is_made_one() {
        assert_eq!(shown(None, &["r/a:green"], None), "--export-cache=type=inline --import-cache=type=registry,ref=r/a:green");
    }
}
