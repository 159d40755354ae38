//! Proxies, as the environment names them. Whoever reaches the network makes its own client of them.

use std::fmt;

/// The variables that name proxies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyVariables {
    /// For addresses that begin with `https:`.
    pub https: Option<ProxyVariable>,
    /// For addresses that begin with `http:`.
    pub http: Option<ProxyVariable>,
    /// Hosts and networks that are reached without one, with commas between them. This machine is always among them.
    pub except: String,
}

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyVariable {
    /// Its name.
    pub name: String,
    /// Its value, which may hold a password.
    pub value: String,
}

/// The address of a proxy is not one. The value is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not the address of a proxy; write it as http://HOST:PORT")]
pub struct InvalidProxy {
    /// The variable of the environment.
    pub variable: String,
}

/// What is on this machine needs no proxy.
const OWN: &str = "localhost,127.0.0.0/8,::1";

impl ProxyVariables {
    /// Those of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, also in lower case. `variable` gives the value of one. One that is
    /// empty counts as not set.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let find = |names: &[&str]| {
            let each = names.iter().flat_map(|name| [name.to_lowercase(), (*name).to_owned()]);
            let set = each.filter_map(|name| Some(ProxyVariable { value: variable(&name)?, name }));
            set.into_iter().find(|set| !set.value.trim().is_empty())
        };
        // A web server hands a request's `Proxy:` header on under this name.
        let is_request = variable("REQUEST_METHOD").is_some();
        Self {
            https: find(&["HTTPS_PROXY", "ALL_PROXY"]),
            http: if is_request { None } else { find(&["HTTP_PROXY", "ALL_PROXY"]) },
            except: find(&["NO_PROXY"]).map_or_else(|| OWN.to_owned(), |set| format!("{},{OWN}", set.value)),
        }
    }
}

impl ProxyVariable {
    /// What to say of a value that is no address.
    pub fn invalid(&self) -> InvalidProxy {
        InvalidProxy { variable: self.name.clone() }
    }
}

impl fmt::Debug for ProxyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyVariable").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> ProxyVariables {
        ProxyVariables::of(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn variables_are_found_in_both_cases() {
        let names = |set: &[(&str, &str)]| {
            let found = of(set);
            [found.https, found.http].map(|one| one.map(|one| one.name))
        };
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(names(&[]), [None, None]);
        assert_eq!(names(&[("https_proxy", "http://a:1"), ("ALL_PROXY", "b:2")]), [some("https_proxy"), some("ALL_PROXY")]);
        assert_eq!(names(&[("HTTPS_PROXY", " "), ("all_proxy", "b:2")]), [some("all_proxy"), some("all_proxy")]);
        assert_eq!(names(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")]), [None, None]);
    }

    #[test]
    fn this_machine_needs_none() {
        assert_eq!(of(&[]).except, OWN);
        assert_eq!(of(&[("no_proxy", "a.example")]).except, format!("a.example,{OWN}"));
    }

    #[test]
    fn a_password_is_in_no_message() {
        let found = of(&[("HTTPS_PROXY", "http://me:hunter2@[")]);
        let error = found.https.as_ref().map(|set| set.invalid().to_string()).unwrap_or_default();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter2"), "{error}");
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
