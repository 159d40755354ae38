//! Lines of tasks that come from several texts: the task file, and what plugins made beside it.
//!
//! Their lines are counted through, from the first line of the first text to the last of the last one, so that one number is a place. This
//! tells which text a number means.

/// The texts after the first one, with the number of the first line of each. The default is a single text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lines {
    further: Vec<(String, usize)>,
}

impl Lines {
    /// Adds a text, which begins at a line behind all that are there.
    pub fn push(&mut self, name: String, first: usize) {
        self.further.push((name, first));
    }

    /// The place of a text among all of them: 0 for the first one.
    pub fn text(&self, line: usize) -> usize {
        self.further.partition_point(|(_, first)| *first <= line)
    }

    /// The name of the text that a line is in, `None` for the first one; and the line as it is counted there, from 1.
    pub fn place(&self, line: usize) -> (Option<&str>, usize) {
        let further = self.text(line).checked_sub(1).and_then(|at| self.further.get(at));
        further.map_or((None, line), |(name, first)| (Some(name), line - first + 1))
    }

    /// A line for people: `line 7`, or `line 7 of NAME` where it is not in the first text.
    pub fn words(&self, line: usize) -> String {
        match self.place(line) {
            (None, line) => format!("line {line}"),
            (Some(name), line) => format!("line {line} of {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_one_line_of_one_text() {
        let mut lines = Lines::default();
        assert_eq!(lines.words(9), "line 9");
        lines.push("b".into(), 4);
        lines.push("c".into(), 6);
        let places: Vec<_> = (1..8).map(|line| lines.place(line)).collect();
        let (b, c) = (Some("b"), Some("c"));
        assert_eq!(places, [(None, 1), (None, 2), (None, 3), (b, 1), (b, 2), (c, 1), (c, 2)]);
        assert_eq!(lines.words(7), "line 2 of c");
        assert_eq!([3, 4, 6].map(|line| lines.text(line)), [0, 1, 2]);
    }
}
