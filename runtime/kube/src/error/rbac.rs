//! Permissions as RBAC writes them.

/// One thing that a role may allow: a verb on a resource of the core API group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `create`, `get`, `list`, `watch`, `delete`, `patch`.
    pub verb: &'static str,
    /// `pods`, `pods/exec`, `pods/log`, `secrets`, `configmaps`, `events`.
    pub resource: &'static str,
}

impl Permission {
    /// A verb on a resource.
    pub const fn new(verb: &'static str, resource: &'static str) -> Self {
        Self { verb, resource }
    }

    /// The rule that allows it, as one line of a Role's `rules`.
    pub fn rule(self) -> String {
        format!("- {{apiGroups: [\"\"], resources: [\"{}\"], verbs: [\"{}\"]}}", self.resource, self.verb)
    }

    /// What to add to which role.
    pub fn how_to_grant(self, namespace: &str) -> String {
        format!("a Role bound to you in namespace {namespace} must hold the rule: {}", self.rule())
    }

    /// The resource as one thing: `pod` for `pods`, `pod` for `pods/exec` too.
    pub(super) fn singular(self) -> &'static str {
        match self.resource.split('/').next().unwrap_or_default() {
            "pods" => "pod",
            "secrets" => "secret",
            "configmaps" => "configmap",
            "events" => "event",
            _ => self.resource,
        }
    }
}
