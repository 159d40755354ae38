//! The credentials that a task has at a time, each with the step that gave it.

use std::collections::BTreeSet;

use windlass_model::plugin::Credentials;

/// The credentials of a task's login steps, with the number of the step; at most one for a registry.
#[derive(Debug, Default)]
pub(in super::super) struct Kept(Vec<(usize, Credentials)>);

/// A registry for which a step's credentials took the place of an earlier step's.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Replaced {
    /// The registry's host.
    pub(in super::super) registry: String,
    /// The step whose credentials are used no more.
    pub(in super::super) of: usize,
}

impl Kept {
    /// Takes what a step gave. Where an earlier step gave credentials for the same registry, they are replaced, and told; a step that is asked
    /// again, which a later one has replaced, does not take its place back.
    pub(in super::super) fn take(&mut self, step: usize, given: Vec<Credentials>) -> Vec<Replaced> {
        let mut replaced = Vec::new();
        for new in given {
            let old = self.0.iter().position(|(_, old)| old.registry == new.registry);
            match old.and_then(|at| self.0.get_mut(at)) {
                Some((of, _)) if *of > step => {}
                Some(old) => {
                    if old.0 != step {
                        replaced.push(Replaced { registry: new.registry.clone(), of: old.0 });
                    }
                    *old = (step, new);
                }
                None => self.0.push((step, new)),
            }
        }
        replaced
    }

    /// All of them.
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = &Credentials> {
        self.0.iter().map(|(_, login)| login)
    }

    /// The steps whose credentials are refused after this time, in seconds since 1970, or earlier.
    pub(in super::super) fn until(&self, time: u64) -> BTreeSet<usize> {
        let runs_out = |login: &&(usize, Credentials)| login.1.expires_at.is_some_and(|end| end <= time);
        self.0.iter().filter(runs_out).map(|(step, _)| *step).collect()
    }
}

#[cfg(test)]
mod tests {
    use windlass_model::secret::SecretName;

    use super::*;

    fn login(registry: &str, username: &str) -> Credentials {
        let secret = SecretName::new("KEY").unwrap();
        Credentials { registry: registry.into(), username: username.into(), secret, expires_at: Some(5) }
    }

    fn names(kept: &Kept) -> Vec<(&str, &str)> {
        kept.iter().map(|login| (login.registry.as_str(), login.username.as_str())).collect()
    }

    #[test]
    fn a_later_login_replaces_an_earlier_one_and_is_told() {
        let mut kept = Kept::default();
        assert_eq!(kept.take(1, vec![login("a.io", "first"), login("b.io", "first")]), []);
        assert_eq!(kept.take(3, vec![login("a.io", "other")]), [Replaced { registry: "a.io".into(), of: 1 }]);
        assert_eq!(names(&kept), [("a.io", "other"), ("b.io", "first")]);
        assert_eq!((kept.until(4), kept.until(5)), ([].into(), [1, 3].into()));
    }

    /// A login that was asked again took a registry back from the later login that had replaced it.
    #[test]
    fn a_login_that_is_asked_again_renews_its_own() {
        let mut kept = Kept::default();
        kept.take(1, vec![login("a.io", "first"), login("b.io", "first")]);
        kept.take(3, vec![login("a.io", "other")]);
        assert_eq!(kept.take(1, vec![login("a.io", "again"), login("b.io", "again")]), []);
        assert_eq!(names(&kept), [("a.io", "other"), ("b.io", "again")]);
    }
}
