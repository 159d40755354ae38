//! Which of the files below a base are asked for.

use windlass_agent_protocol::Glob;
use windlass_agent_protocol::glob::Step;
use windlass_mover_protocol::{Failed, Place};

/// Folders and patterns. What one of them names is taken with all that is below it.
pub(crate) struct Selection {
    /// None: everything.
    patterns: Vec<Vec<Step>>,
}

/// How far a path has got in them.
#[derive(Debug)]
pub(crate) struct Reach<'s> {
    patterns: &'s [Vec<Step>],
    /// Before which step of which pattern.
    at: Vec<(usize, usize)>,
    /// Whether the path, or one above it, is named.
    is_taken: bool,
}

impl Selection {
    /// Those of a place.
    ///
    /// # Errors
    /// When one of them is not below the base.
    pub(crate) fn of(place: &Place) -> Result<Self, Failed> {
        let patterns: Result<Vec<_>, _> = place.folders.iter().map(|folder| steps(&place.base, folder)).collect();
        let patterns = patterns.map_err(Failed::Container)?;
        // The base itself is everything.
        let all = patterns.iter().any(Vec::is_empty);
        Ok(Self { patterns: if all { Vec::new() } else { patterns } })
    }

    /// Where a walk begins.
    pub(crate) fn start(&self) -> Reach<'_> {
        let reach = Reach { patterns: &self.patterns, at: Vec::new(), is_taken: self.patterns.is_empty() };
        reach.with((0..self.patterns.len()).map(|pattern| (pattern, 0)).collect())
    }
}

impl Reach<'_> {
    /// One name further.
    pub(crate) fn after(&self, name: &[u8]) -> Self {
        let mut at = Vec::new();
        let mut is_taken = self.is_taken;
        for &(pattern, place) in &self.at {
            let steps = self.steps(pattern);
            let is_last = place + 1 >= steps.len();
            let matches = match steps.get(place) {
                // What `**` stands for may go on.
                Some(Step::Any) => {
                    at.push((pattern, place));
                    is_last
                }
                Some(Step::Name(known)) => known.as_bytes() == name,
                Some(Step::Like(like)) => like.matches(name),
                None => false,
            };
            match (matches, is_last) {
                (true, true) => is_taken = true,
                (true, false) => at.push((pattern, place + 1)),
                (false, _) => {}
            }
        }
        Self { patterns: self.patterns, at: Vec::new(), is_taken }.with(at)
    }

    /// These places, and those that `**` leads to when it stands for nothing.
    fn with(mut self, at: Vec<(usize, usize)>) -> Self {
        if self.is_taken {
            // All that is below is taken: no need to look any further.
            return self;
        }
        for (pattern, mut place) in at {
            self.at.push((pattern, place));
            while self.steps(pattern).get(place) == Some(&Step::Any) && place + 1 < self.steps(pattern).len() {
                place += 1;
                self.at.push((pattern, place));
            }
        }
        self.at.sort_unstable();
        self.at.dedup();
        self
    }

    fn steps(&self, pattern: usize) -> &[Step] {
        self.patterns.get(pattern).map_or(&[], Vec::as_slice)
    }

    /// Whether the path is asked for.
    pub(crate) fn is_taken(&self) -> bool {
        self.is_taken
    }

    /// Whether something below it may be asked for.
    pub(crate) fn leads_on(&self) -> bool {
        self.is_taken || !self.at.is_empty()
    }

    /// Whether neither it nor anything below it is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        !self.leads_on()
    }
}

/// The steps of a folder or a pattern; none of the base itself. Only a `*` makes a pattern: other signs are signs in names.
fn steps(base: &str, folder: &str) -> Result<Vec<Step>, String> {
    if folder.contains('*') {
        return Glob::below(base, folder).map(|glob| glob.steps().to_vec()).map_err(|error| error.to_string());
    }
    let outside = || format!("`{folder}` is not below `{base}`");
    let path = match folder.starts_with('/') {
        true => plain(folder).and_then(|path| path.strip_prefix(plain(base)?.as_slice()).map(<[_]>::to_vec)),
        false => plain(folder),
    };
    Ok(path.ok_or_else(outside)?.into_iter().map(|name| Step::Name(name.to_owned())).collect())
}

/// The names of a path; `None` when it leads above where it begins.
fn plain(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            name => names.push(name),
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(folders: &[&str]) -> Result<Selection, Failed> {
        Selection::of(&Place { base: "/base/dir".into(), folders: folders.iter().map(|folder| (*folder).to_owned()).collect() })
    }

    fn taken(folders: &[&str], path: &str) -> bool {
        let selection = selection(folders).unwrap();
        let mut reach = selection.start();
        for name in path.split('/') {
            reach = reach.after(name.as_bytes());
        }
        reach.is_taken()
    }

    #[test]
    fn a_folder_is_taken_with_all_that_is_in_it() {
        for (folders, path, expected) in [
            (&[][..], "a/b", true),
            (&["."], "a", true),
            (&["/base/dir"], "a", true),
            (&["a"], "a", true),
            (&["a/"], "a/b/c", true),
            (&["./a/b/../c"], "a/c/d", true),
            (&["/base/dir/a/c"], "a/c/d", true),
            (&["a/b"], "a", false),
            (&["a/b"], "a/c", false),
            (&["a/b", "c"], "c/d", true),
            (&["a[1]"], "a[1]/x", true),
            (&["a[1]"], "a1/x", false),
        ] {
            assert_eq!(taken(folders, path), expected, "{folders:?} {path}");
        }
    }

    #[test]
    fn patterns_take_what_they_match_and_all_that_is_in_it() {
        for (pattern, path, expected) in [
            ("**/node_modules", "node_modules", true),
            ("**/node_modules", "a/b/node_modules/c/d", true),
            ("**/node_modules", "a/b", false),
            ("a/*/target", "a/x/target/debug", true),
            ("a/*/target", "a/x/y/target", false),
            ("a/**", "a/b", true),
            ("a/**", "a", false),
            ("**", "x/y", true),
            ("*.lock", "x.lock", true),
            ("*.lock", "a/x.lock", false),
            ("a/**/b/**/c", "a/b/c", true),
            ("a/**/b/**/c", "a/x/b/y/z/c", true),
            ("a/**/b/**/c", "a/x/y/z/c", false),
        ] {
            assert_eq!(taken(&[pattern], path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_cannot_hold_a_match_is_not_looked_into() {
        let selection = selection(&["a/b", "c/*/d"]).unwrap();
        assert!(selection.start().after(b"x").is_empty());
        let inside = selection.start().after(b"a");
        assert!(inside.leads_on() && !inside.is_taken() && inside.after(b"c").is_empty());
        assert!(selection.start().after(b"c").after(b"any").leads_on());
    }

    #[test]
    fn what_is_not_below_the_base_is_refused() {
        for folder in ["/base", "/etc", "..", "a/../..", "/base/dir/../x", "../*", "/etc/*"] {
            assert!(selection(&[folder]).is_err(), "{folder}");
        }
    }
}
