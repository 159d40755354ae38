//! The hosts that a plugin may send requests to.

use serde::{Serialize, Serializer};

use crate::host_pattern::{HostPattern, Origin};

/// Hosts that can be narrowed again and again: one is among them when each list has a pattern for it. Without a list every host is.
///
/// Who wrote a list matters: an address that leads into the user's own network is reached only where the settings name its host, whatever the
/// plugin's manifest names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostScope(Vec<HostList>);

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostList {
    by: Voice,
    hosts: Vec<HostPattern>,
}

/// Who wrote a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    Manifest,
    Settings,
}

impl HostScope {
    /// Every host.
    pub fn any() -> Self {
        Self::default()
    }

    /// Those that a plugin's manifest asks for.
    pub fn asked(hosts: Vec<HostPattern>) -> Self {
        Self(vec![HostList { by: Voice::Manifest, hosts }])
    }

    /// Those that settings grant.
    pub fn granted(hosts: Vec<HostPattern>) -> Self {
        Self(vec![HostList { by: Voice::Settings, hosts }])
    }

    /// The lists, for whoever shows them.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = &[HostPattern]> + DoubleEndedIterator {
        self.0.iter().map(|list| list.hosts.as_slice())
    }

    /// Whether a host is among them.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.lists().all(|hosts| hosts.iter().any(|pattern| pattern.matches(origin)))
    }

    /// Whether the settings name this very host, and no pattern for it: each of their lists does, and there is one.
    pub fn names(&self, origin: &Origin) -> bool {
        let mut settings = self.0.iter().filter(|list| list.by == Voice::Settings).peekable();
        settings.peek().is_some() && settings.all(|list| list.hosts.contains(&HostPattern::of(origin)))
    }

    /// Whether no host can be among them, as far as patterns tell.
    pub fn is_void(&self) -> bool {
        let apart = |one: &[HostPattern], two: &[HostPattern]| !one.iter().any(|a| two.iter().any(|b| a.overlaps(b)));
        let lists: Vec<&[HostPattern]> = self.lists().collect();
        lists.iter().any(|list| list.is_empty())
            || lists.iter().enumerate().any(|(at, one)| lists.iter().skip(at + 1).any(|two| apart(one, two)))
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut both = self.0.clone();
        both.extend(other.0.iter().filter(|list| !self.0.contains(list)).cloned());
        Self(both)
    }

    /// The same, with one more host in every list that lacks it.
    #[must_use]
    pub fn including(&self, origin: &Origin) -> Self {
        let lacks = |list: &HostList| !list.hosts.iter().any(|pattern| pattern.matches(origin));
        self.with(origin, lacks)
    }

    /// The same, with the settings naming this host.
    #[must_use]
    pub fn naming(&self, origin: &Origin) -> Self {
        let name = HostPattern::of(origin);
        let mut named = self.with(origin, |list| list.by == Voice::Settings && !list.hosts.contains(&name));
        if !named.0.iter().any(|list| list.by == Voice::Settings) {
            named.0.push(HostList { by: Voice::Settings, hosts: vec![name] });
        }
        named
    }

    fn with(&self, origin: &Origin, lacks: impl Fn(&HostList) -> bool) -> Self {
        let mut lists = self.0.clone();
        for list in lists.iter_mut().filter(|list| lacks(list)) {
            list.hosts.push(HostPattern::of(origin));
        }
        Self(lists)
    }

    /// Whether all that a newer scope allows is within this one. "No" where nobody can tell.
    pub fn covers(&self, newer: &Self) -> bool {
        let within =
            |narrow: &[HostPattern], wide: &[HostPattern]| narrow.iter().all(|one| wide.iter().any(|other| other.covers(one)));
        self.lists().all(|wide| newer.lists().any(|narrow| within(narrow, wide)))
    }
}

impl Serialize for HostScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.lists())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(hosts: &[&str]) -> Vec<HostPattern> {
        hosts.iter().map(|host| HostPattern::parse(host).unwrap_or_else(|e| panic!("{e}"))).collect()
    }

    fn origin(host: &str, port: u16) -> Origin {
        Origin { plain: false, host: host.to_owned(), port }
    }

    #[test]
    fn a_host_has_to_be_on_every_list() {
        let met =
            HostScope::asked(patterns(&["*.corp.example", "b"])).meet(&HostScope::granted(patterns(&["api.corp.example", "c"])));
        for (host, port, allowed) in
            [("api.corp.example", 443, true), ("api.corp.example", 8443, false), ("b", 443, false), ("c", 443, false)]
        {
            assert_eq!(met.allows(&origin(host, port)), allowed, "{host}:{port}");
        }
        assert!(met.including(&origin("c", 443)).allows(&origin("c", 443)));
        assert!(HostScope::any().allows(&origin("anything", 1)) && !HostScope::granted(Vec::new()).allows(&origin("x", 443)));
        assert!(!met.is_void() && HostScope::granted(Vec::new()).is_void());
        assert!(HostScope::asked(patterns(&["a"])).meet(&HostScope::granted(patterns(&["*.b"]))).is_void());
    }

    /// What a plugin says of itself opens no door into the user's network.
    #[test]
    fn only_settings_name_a_host() {
        let vault = origin("vault.corp", 443);
        let asked = || HostScope::asked(patterns(&["vault.corp"]));
        for (scope, named) in [
            (HostScope::any(), false),
            (asked(), false),
            (HostScope::granted(patterns(&["*.corp"])), false),
            (HostScope::granted(patterns(&["vault.corp"])), true),
            (asked().meet(&HostScope::granted(patterns(&["vault.corp"]))), true),
            (HostScope::granted(patterns(&["vault.corp"])).meet(&HostScope::granted(patterns(&["*"]))), false),
            (HostScope::granted(patterns(&["vault.corp:8443"])), false),
        ] {
            assert_eq!(scope.names(&vault), named, "{scope:?}");
            assert!(scope.naming(&vault).names(&vault), "{scope:?}");
        }
    }

    #[test]
    fn a_newer_scope_is_covered_when_it_allows_no_more() {
        let scope = |hosts: &[&str]| HostScope::asked(patterns(hosts));
        for (old, new, covered) in [
            (HostScope::any(), scope(&["a"]), true),
            (scope(&["a"]), HostScope::any(), false),
            (scope(&["*.a"]), scope(&["b.a", "*.b.a"]), true),
            (scope(&["*.a"]), scope(&["a"]), false),
            (scope(&["b.a"]), scope(&["*.a"]), false),
            (scope(&["*"]), scope(&["a", "*.b"]), true),
            (scope(&["*"]), scope(&["a:8443"]), false),
            (scope(&["*"]), scope(&["http://a"]), false),
        ] {
            assert_eq!(old.covers(&new), covered, "{old:?} and {new:?}");
        }
    }
}
