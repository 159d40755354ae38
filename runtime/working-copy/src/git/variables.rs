//! Facts as the variables that tasks read.

use super::Facts;

impl Facts {
    /// The variables that say what was committed.
    pub const OF_CHANGE: [&str; 3] = ["CIRRUS_CHANGE_IN_REPO", "CIRRUS_CHANGE_MESSAGE", "CIRRUS_CHANGE_TITLE"];

    /// The `CIRRUS_*` variables that git knows. What git has no answer for is left out, so that it is unset rather than empty.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = Vec::new();
        let mut set = |name: &'static str, value: Option<String>| variables.extend(value.map(|value| (name, value)));
        let title = |message: &str| message.lines().next().unwrap_or_default().to_owned();
        set("CIRRUS_BRANCH", self.branch.clone());
        set("CIRRUS_TAG", self.tag.clone());
        set("CIRRUS_DEFAULT_BRANCH", self.default_branch.clone());
        if let Some(head) = &self.head {
            set("CIRRUS_CHANGE_IN_REPO", Some(head.sha.clone()));
            set("CIRRUS_CHANGE_MESSAGE", Some(head.message.clone()));
            set("CIRRUS_CHANGE_TITLE", Some(title(&head.message)));
        }
        if let Some(origin) = &self.origin {
            set("CIRRUS_REPO_CLONE_URL", Some(origin.clone_url.clone()));
            set("CIRRUS_REPO_OWNER", Some(origin.owner.clone()));
            set("CIRRUS_REPO_NAME", Some(origin.name.clone()));
            set("CIRRUS_REPO_FULL_NAME", Some(origin.full_name()));
        }
        // Whoever runs windlass works with their own credentials; the hosted service's own command line says the same.
        set("CIRRUS_USER_COLLABORATOR", Some("true".into()));
        set("CIRRUS_USER_PERMISSION", Some("write".into()));
        variables
    }

    /// What to remark on a working copy that is not what its commit says.
    pub fn remark(&self) -> Option<String> {
        let head = self.head.as_ref()?;
        let short = head.sha.get(..12).unwrap_or(&head.sha);
        match self.uncommitted.as_slice() {
            [] => None,
            [one] => Some(format!("{one} is not committed; CIRRUS_CHANGE_IN_REPO is {short}, without it")),
            [first, rest @ ..] => {
                Some(format!("{first} and {} more are not committed; CIRRUS_CHANGE_IN_REPO is {short}, without them", rest.len()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Remote;
    use crate::git::facts::Change;

    #[test]
    fn what_git_does_not_know_is_unset() {
        let facts = Facts { branch: Some("main".into()), ..Facts::default() };
        let names: Vec<_> = facts.variables().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["CIRRUS_BRANCH", "CIRRUS_USER_COLLABORATOR", "CIRRUS_USER_PERMISSION"]);
    }

    #[test]
    fn a_change_and_its_repository_fill_their_variables() {
        let facts = Facts {
            head: Some(Change { sha: "ab".repeat(20), message: "title\n\nbody".into() }),
            origin: Remote::parse("https://github.com/corp/app"),
            ..Facts::default()
        };
        let variables = facts.variables();
        for (name, value) in
            [("CIRRUS_CHANGE_TITLE", "title"), ("CIRRUS_CHANGE_MESSAGE", "title\n\nbody"), ("CIRRUS_REPO_FULL_NAME", "corp/app")]
        {
            assert!(variables.contains(&(name, value.to_owned())), "{name}");
        }
    }
}
