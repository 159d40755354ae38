//! `pods`: what settings say of all pods of a cluster.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::pod::Security;
use crate::pod_fields::PodFields;

/// What the pods of a cluster have, whatever their tasks ask for. The default says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PodSettings {
    /// Of the pod as a whole.
    pub fields: PodFields,
    /// Of each of its containers.
    pub security: SecurityContext,
}

impl PodSettings {
    /// What the author of both means, where these are about less than the others: what is said of a cluster goes before what is said of all.
    #[must_use]
    pub fn over(self, general: Self) -> Self {
        Self { fields: self.fields.or(general.fields), security: self.security.over(general.security) }
    }

    /// What is left of what somebody says later: more where nothing was said, or less of what was.
    #[must_use]
    pub fn narrowed(self, later: Self) -> Self {
        Self { fields: self.fields.or(later.fields), security: self.security.narrowed(later.security) }
    }
}

/// What `securityContext` says of containers. What is `None` or empty is not spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SecurityContext {
    /// `privileged`
    pub privileged: Option<bool>,
    /// `runAsUser`
    pub run_as_user: Option<u32>,
    /// `runAsNonRoot`
    pub run_as_non_root: Option<bool>,
    /// `allowPrivilegeEscalation`
    pub allow_privilege_escalation: Option<bool>,
    /// `readOnlyRootFilesystem`
    pub read_only_root: Option<bool>,
    /// `capabilities.add`
    pub add: BTreeSet<String>,
    /// `capabilities.drop`
    pub drop: BTreeSet<String>,
    /// `seccompProfile.type`
    pub seccomp: Option<Seccomp>,
}

/// A seccomp filter by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Seccomp {
    /// The runtime's own.
    RuntimeDefault,
    /// None.
    Unconfined,
}

/// Capabilities that `restricted` lets a container have that gives up all.
const BESIDE_ALL: &str = "NET_BIND_SERVICE";

impl SecurityContext {
    fn over(self, general: Self) -> Self {
        let capabilities = !self.add.is_empty() || !self.drop.is_empty();
        let (add, drop) = if capabilities { (self.add, self.drop) } else { (general.add, general.drop) };
        // Who says root or privilege here does not mean what is said elsewhere of everything.
        let non_root = general.run_as_non_root.filter(|_| self.run_as_user != Some(0));
        let escalation = general.allow_privilege_escalation.filter(|_| self.privileged != Some(true));
        Self {
            privileged: self.privileged.or(general.privileged),
            run_as_user: self.run_as_user.or(general.run_as_user),
            run_as_non_root: self.run_as_non_root.or(non_root),
            allow_privilege_escalation: self.allow_privilege_escalation.or(escalation),
            read_only_root: self.read_only_root.or(general.read_only_root),
            add,
            drop,
            seccomp: self.seccomp.or(general.seccomp),
        }
    }

    fn narrowed(self, later: Self) -> Self {
        fn strict<T: PartialEq>(earlier: Option<T>, later: Option<T>, strict: T) -> Option<T> {
            if later.as_ref() == Some(&strict) { later } else { earlier.or(later) }
        }
        let spoken = !self.add.is_empty() || !self.drop.is_empty();
        let drop: BTreeSet<String> = self.drop.union(&later.drop).cloned().collect();
        let add = if spoken { self.add } else { later.add };
        let run_as_non_root = strict(self.run_as_non_root, later.run_as_non_root, true);
        let run_as_user = self.run_as_user.or(later.run_as_user);
        let escalation = strict(self.allow_privilege_escalation, later.allow_privilege_escalation, false);
        let privileged = strict(self.privileged, later.privileged, false);
        Self {
            // A privileged container can always gain more, and API servers refuse the contradiction.
            privileged: privileged.filter(|privileged| !privileged || escalation != Some(false)),
            // Root against the word that it must not be: the word counts, and the image's user.
            run_as_user: run_as_user.filter(|user| *user != 0 || run_as_non_root != Some(true)),
            run_as_non_root,
            allow_privilege_escalation: escalation,
            read_only_root: strict(self.read_only_root, later.read_only_root, true),
            add: add.into_iter().filter(|name| !later.drop.contains(name) && !later.drop.contains("ALL")).collect(),
            drop,
            seccomp: strict(self.seccomp, later.seccomp, Seccomp::RuntimeDefault),
        }
    }

    /// What a container asks for that this forbids: what it does, and the words that are against it.
    pub fn forbids(&self, asked: &Security) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        let mut forbidden = |what: &str, by: &'static str| found.push((what.to_owned(), by));
        if asked.privileged && self.privileged == Some(false) {
            forbidden("is privileged", "privileged: false");
        }
        if asked.privileged && self.allow_privilege_escalation == Some(false) {
            forbidden("is privileged", "allowPrivilegeEscalation: false");
        }
        if asked.allow_privilege_escalation == Some(true) && self.allow_privilege_escalation == Some(false) {
            forbidden("lets its processes gain privileges", "allowPrivilegeEscalation: false");
        }
        if asked.run_as_user == Some(0) && self.run_as_non_root == Some(true) {
            forbidden("runs as root", "runAsNonRoot: true");
        }
        if asked.seccomp_unconfined && self.seccomp == Some(Seccomp::RuntimeDefault) {
            forbidden("runs without a seccomp filter", "seccompProfile: {type: RuntimeDefault}");
        }
        let dropped = |name: &String| self.drop.contains(name) || self.drop.contains("ALL") && name != BESIDE_ALL;
        let kept: Vec<&str> = asked.add_capabilities.iter().filter(|name| dropped(name)).map(String::as_str).collect();
        if !kept.is_empty() {
            forbidden(&format!("adds the capabilities {}", kept.join(", ")), "capabilities: {drop: […]}");
        }
        found
    }

    /// The security context of a container that asks for this one. What weakens counts for containers that the task lists, and for none that a
    /// plugin brings: what that may have was granted to the plugin.
    #[must_use]
    pub fn applied_to(&self, asked: &Security, of_task: bool) -> Security {
        let mut security = asked.clone();
        security.privileged |= of_task && self.privileged == Some(true);
        security.run_as_user = asked.run_as_user.or(self.run_as_user.filter(|user| of_task || *user != 0));
        security.run_as_non_root |= self.run_as_non_root == Some(true);
        let escalation = self.allow_privilege_escalation.filter(|allowed| of_task || !allowed);
        security.allow_privilege_escalation = asked.allow_privilege_escalation.or(escalation);
        security.read_only_root |= self.read_only_root == Some(true);
        let more = |own: &[String], more: &BTreeSet<String>| more.iter().filter(|name| !own.contains(name)).cloned().collect();
        let (add, drop): (Vec<_>, Vec<_>) =
            (more(&asked.add_capabilities, &self.add), more(&asked.drop_capabilities, &self.drop));
        security.add_capabilities.extend(add.into_iter().filter(|_| of_task));
        security.drop_capabilities.extend(drop);
        security.seccomp_unconfined |= of_task && self.seccomp == Some(Seccomp::Unconfined);
        security.seccomp_default |= self.seccomp == Some(Seccomp::RuntimeDefault);
        security
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restricted() -> SecurityContext {
        SecurityContext {
            run_as_non_root: Some(true),
            allow_privilege_escalation: Some(false),
            drop: ["ALL".to_owned()].into(),
            seccomp: Some(Seccomp::RuntimeDefault),
            ..SecurityContext::default()
        }
    }

    fn weak() -> SecurityContext {
        SecurityContext {
            privileged: Some(true),
            run_as_user: Some(0),
            run_as_non_root: Some(false),
            allow_privilege_escalation: Some(true),
            read_only_root: Some(false),
            add: ["SYS_ADMIN".to_owned()].into(),
            drop: BTreeSet::new(),
            seccomp: Some(Seccomp::Unconfined),
        }
    }

    /// Whoever speaks later takes nothing back, and may always ask for less.
    #[test]
    fn a_later_word_only_narrows() {
        let stays = restricted().narrowed(weak());
        assert_eq!((stays.run_as_user, stays.run_as_non_root, stays.seccomp), (None, Some(true), Some(Seccomp::RuntimeDefault)));
        assert_eq!((stays.allow_privilege_escalation, stays.add.len(), stays.drop.len()), (Some(false), 0, 1));
        let less = weak().narrowed(SecurityContext { privileged: Some(false), ..restricted() });
        assert_eq!((less.privileged, less.run_as_user, less.run_as_non_root), (Some(false), None, Some(true)));
        assert!(less.add.is_empty() && less.drop.contains("ALL"), "{less:?}");
        let first =
            PodFields { service_account_name: Some("ours".into()), tolerations: Some(Vec::new()), ..PodFields::default() };
        let toleration = crate::pod_fields::Toleration { key: None, value: None, effect: None, seconds: None };
        let second = PodFields {
            service_account_name: Some("theirs".into()),
            tolerations: Some(vec![toleration]),
            labels: [("team".to_owned(), "a".to_owned())].into(),
            ..PodFields::default()
        };
        let both = first.clone().or(second.clone());
        assert_eq!((both.service_account_name.as_deref(), both.tolerations), (Some("ours"), Some(Vec::new())));
        assert_eq!(second.seen_by_others(&first).to_string(), "labels team=a", "what counts for nothing needs no trust");
        assert_eq!(
            second.seen_by_others(&PodFields::default()).to_string(),
            "service account theirs; tolerations *; labels team=a"
        );
    }

    /// One author's word on one cluster goes before the same author's on all.
    #[test]
    fn what_is_said_of_a_cluster_goes_before_what_is_said_of_all() {
        let root = SecurityContext { run_as_user: Some(0), ..SecurityContext::default() }.over(restricted());
        assert_eq!((root.run_as_user, root.run_as_non_root, root.drop.len()), (Some(0), None, 1));
    }

    /// A plugin's container has what was granted to the plugin: no setting for all pods adds to that.
    #[test]
    fn what_weakens_counts_for_the_tasks_own_containers_alone() {
        let plain = Security::default();
        assert_eq!(weak().applied_to(&plain, false), plain);
        let own = weak().applied_to(&plain, true);
        assert!(own.privileged && own.run_as_user == Some(0) && own.seccomp_unconfined && own.add_capabilities == ["SYS_ADMIN"]);
    }

    #[test]
    fn what_contradicts_the_setting_is_found_and_named() {
        let docker = Security { privileged: true, ..Security::default() };
        assert_eq!(restricted().forbids(&docker), [("is privileged".to_owned(), "allowPrivilegeEscalation: false")]);
        let kaniko = Security {
            run_as_user: Some(0),
            add_capabilities: vec!["CHOWN".into(), "NET_BIND_SERVICE".into()],
            drop_capabilities: vec!["ALL".into()],
            ..Security::default()
        };
        let words: Vec<String> = restricted().forbids(&kaniko).into_iter().map(|(what, _)| what).collect();
        assert_eq!(words, ["runs as root", "adds the capabilities CHOWN"]);
        assert_eq!(restricted().forbids(&Security::default()), []);
    }
}
