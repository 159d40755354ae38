//! Whose a container or a volume is, judged by itself. Pure.
//!
//! Everything must agree: all labels that windlass writes, and the name that it gives. That keeps windlass' hands off what others
//! labelled or named alike. It proves nothing about somebody who means harm: who may speak to an engine may make anything on it, and is
//! root on a rootful one.

use std::collections::HashMap;

use crate::names;

/// What a pod is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Container,
    Volume,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Volume => "volume",
        }
    }
}

/// Why something is not taken for windlass' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotOurs {
    #[error("some of the labels that windlass writes are missing")]
    Labels,
    #[error("its labels name a pod of another run")]
    Run,
    #[error("its name is not that of a part of its pod")]
    Name,
}

/// The pod that something of ours is part of.
///
/// # Errors
/// When anything that it says of itself does not agree with the rest.
pub(crate) fn judge<'a>(kind: Kind, name: &str, labels: &'a HashMap<String, String>) -> Result<&'a str, NotOurs> {
    let label = |key: &str| labels.get(key).map(String::as_str).ok_or(NotOurs::Labels);
    let (run, pod) = (label(names::RUN)?, label(names::POD)?);
    label(names::TASK)?;
    for seconds in [names::CREATED, names::DEADLINE] {
        label(seconds)?.parse::<u64>().map_err(|_| NotOurs::Labels)?;
    }
    let of_run = pod.strip_prefix("windlass-").and_then(|rest| rest.strip_prefix(run)).is_some_and(|rest| rest.starts_with('-'));
    if run.is_empty() || !of_run {
        return Err(NotOurs::Run);
    }
    let is_part = match (kind, labels.get(names::CONTAINER)) {
        (Kind::Container, Some(container)) => name == names::container(pod, container),
        (Kind::Container, None) => name == names::loader(pod),
        (Kind::Volume, _) => name.strip_prefix(pod).is_some_and(|rest| rest.len() > 1 && rest.starts_with('.')),
    };
    if is_part { Ok(pod) } else { Err(NotOurs::Name) }
}

/// Whether something is of the creation with this mark.
pub(crate) fn has_mark(labels: &HashMap<String, String>, mark: &str) -> bool {
    labels.get(names::CREATION).is_some_and(|found| found == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "windlass-abcdefgh-0-t";

    fn labels(change: &[(&str, Option<&str>)]) -> HashMap<String, String> {
        let all =
            [(names::RUN, "abcdefgh"), (names::TASK, "t"), (names::POD, POD), (names::CREATED, "100"), (names::DEADLINE, "200")];
        let mut labels: HashMap<String, String> = all.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        for (key, value) in change {
            labels.remove(*key);
            labels.extend(value.map(|value| ((*key).to_owned(), value.to_owned())));
        }
        labels
    }

    #[test]
    fn what_agrees_in_everything_is_ours() {
        let main = labels(&[(names::CONTAINER, Some("main"))]);
        for (kind, name, labels) in [
            (Kind::Container, "windlass-abcdefgh-0-t.main", &main),
            (Kind::Container, "windlass-abcdefgh-0-t.windlass.loader", &labels(&[])),
            (Kind::Volume, "windlass-abcdefgh-0-t.windlass.bin", &labels(&[])),
        ] {
            assert_eq!(judge(kind, name, labels), Ok(POD), "{name}");
        }
    }

    /// A label alone made a stranger's container or volume windlass' to remove.
    #[test]
    fn a_stranger_with_our_labels_is_not_ours() {
        let main = (names::CONTAINER, Some("main"));
        let own = "windlass-abcdefgh-0-t.main";
        for (kind, name, labels, why) in [
            (Kind::Container, "db", labels(&[main]), NotOurs::Name),
            (Kind::Container, "windlass-abcdefgh-0-t.side", labels(&[main]), NotOurs::Name),
            (Kind::Container, own, labels(&[]), NotOurs::Name),
            (Kind::Volume, "db-data", labels(&[]), NotOurs::Name),
            (Kind::Volume, "windlass-abcdefgh-0-t.", labels(&[]), NotOurs::Name),
            (Kind::Volume, "windlass-abcdefgh-0-tt.work", labels(&[]), NotOurs::Name),
            (Kind::Container, "db.main", labels(&[main, (names::POD, Some("db"))]), NotOurs::Run),
            (Kind::Container, own, labels(&[main, (names::RUN, Some("abcd"))]), NotOurs::Run),
            (
                Kind::Container,
                "windlass--t.main",
                labels(&[main, (names::RUN, Some("")), (names::POD, Some("windlass--t"))]),
                NotOurs::Run,
            ),
            (Kind::Container, own, labels(&[main, (names::RUN, None)]), NotOurs::Labels),
            (Kind::Container, own, labels(&[main, (names::TASK, None)]), NotOurs::Labels),
            (Kind::Container, own, labels(&[main, (names::DEADLINE, Some("soon"))]), NotOurs::Labels),
        ] {
            assert_eq!(judge(kind, name, &labels), Err(why), "{name} {labels:?}");
        }
    }
}
