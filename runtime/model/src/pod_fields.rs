//! What settings add to the pods of a cluster beside their containers (`pods` of windlass.yaml), in Kubernetes' own words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Fields of a pod that no task can ask for. The default is none of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PodFields {
    /// Its labels, beside windlass' own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Its annotations, beside windlass' own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The labels that its node must have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// The taints that it tolerates; `None` when nobody spoke of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerations: Option<Vec<Toleration>>,
    /// The service account that it runs as. No token of it is mounted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// The group of its processes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_group: Option<u32>,
    /// The group that owns its volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fs_group: Option<u32>,
    /// Further groups of its processes; `None` when nobody spoke of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplemental_groups: Option<Vec<u32>>,
}

impl PodFields {
    /// These, and what others say of things that these say nothing of.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            labels: names(self.labels, other.labels),
            annotations: names(self.annotations, other.annotations),
            node_selector: names(self.node_selector, other.node_selector),
            tolerations: self.tolerations.or(other.tolerations),
            service_account_name: self.service_account_name.or(other.service_account_name),
            run_as_group: self.run_as_group.or(other.run_as_group),
            fs_group: self.fs_group.or(other.fs_group),
            supplemental_groups: self.supplemental_groups.or(other.supplemental_groups),
        }
    }

    /// What of these others act upon, beside where `said` has spoken already: who the pod is, which nodes let it in that keep others out, and what
    /// is written on it. The rest chooses among nodes and groups, as a task file and an image may.
    #[must_use]
    pub fn seen_by_others(&self, said: &Self) -> Self {
        let beside = |own: &BTreeMap<String, String>, said: &BTreeMap<String, String>| {
            own.iter().filter(|(name, _)| !said.contains_key(*name)).map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let tolerations = self.tolerations.clone().filter(|list| !list.is_empty() && said.tolerations.is_none());
        Self {
            labels: beside(&self.labels, &said.labels),
            annotations: beside(&self.annotations, &said.annotations),
            tolerations,
            service_account_name: self.service_account_name.clone().filter(|_| said.service_account_name.is_none()),
            ..Self::default()
        }
    }

    /// Whether all that `part` says is said here, too.
    pub fn includes(&self, part: &Self) -> bool {
        part.clone().or(self.clone()) == *self
    }

    /// Whether nobody said anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn names(first: BTreeMap<String, String>, second: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut all = second;
    all.extend(first);
    all
}

/// In words, for a person.
impl fmt::Display for PodFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let map = |what: &str, map: &BTreeMap<String, String>| {
            let entries: Vec<String> = map.iter().map(|(name, value)| format!("{name}={value}")).collect();
            (!entries.is_empty()).then(|| format!("{what} {}", entries.join(", ")))
        };
        let list = |what: &str, items: Vec<String>| (!items.is_empty()).then(|| format!("{what} {}", items.join(", ")));
        let number = |what: &str, number: Option<u32>| number.map(|number| format!("{what} {number}"));
        let parts = [
            self.service_account_name.as_ref().map(|name| format!("service account {name}")),
            list("tolerations", self.tolerations.iter().flatten().map(Toleration::to_string).collect()),
            map("node selector", &self.node_selector),
            map("annotations", &self.annotations),
            map("labels", &self.labels),
            number("group", self.run_as_group),
            number("group of volumes", self.fs_group),
            list("further groups", self.supplemental_groups.iter().flatten().map(u32::to_string).collect()),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

/// A taint that a pod tolerates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key; every key when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The taint's value; any when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The taint's effect; any when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
    /// For how long a running pod stays on such a node; for ever when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}

/// As `kubectl taint` has it: `dedicated=ci:NoSchedule`.
impl fmt::Display for Toleration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key.as_deref().unwrap_or("*"))?;
        self.value.iter().try_for_each(|value| write!(f, "={value}"))?;
        self.effect.iter().try_for_each(|effect| write!(f, ":{}", effect.as_str()))?;
        self.seconds.iter().try_for_each(|seconds| write!(f, " for {seconds} s"))
    }
}

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaintEffect {
    /// They are not scheduled there.
    NoSchedule,
    /// They are scheduled elsewhere, if that is possible.
    PreferNoSchedule,
    /// They are evicted, too.
    NoExecute,
}

impl TaintEffect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NoSchedule, Self::PreferNoSchedule, Self::NoExecute];

    /// The word that Kubernetes uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who has agreed to more has agreed to a part of it, and to nothing else.
    #[test]
    fn a_part_is_included_and_what_differs_is_not() {
        let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let all = PodFields {
            labels: labels(&[("team", "a"), ("more", "b")]),
            service_account_name: Some("builder".into()),
            tolerations: Some(Vec::new()),
            ..PodFields::default()
        };
        for part in [
            PodFields::default(),
            PodFields { labels: labels(&[("team", "a")]), ..PodFields::default() },
            PodFields { service_account_name: Some("builder".into()), ..PodFields::default() },
            all.clone(),
        ] {
            assert!(all.includes(&part), "{part:?}");
        }
        let toleration = Toleration { key: None, value: None, effect: None, seconds: None };
        for other in [
            PodFields { labels: labels(&[("team", "other")]), ..PodFields::default() },
            PodFields { labels: labels(&[("new", "a")]), ..PodFields::default() },
            PodFields { annotations: labels(&[("team", "a")]), ..PodFields::default() },
            PodFields { service_account_name: Some("admin".into()), ..PodFields::default() },
            PodFields { tolerations: Some(vec![toleration]), ..PodFields::default() },
            PodFields { fs_group: Some(0), ..PodFields::default() },
        ] {
            assert!(!all.includes(&other), "{other:?}");
        }
    }
}
