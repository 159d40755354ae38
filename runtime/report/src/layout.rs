//! Which reporter writes to which stream.

/// What a stream of this process is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// A terminal that understands cursor movements. One with `TERM=dumb`, or none, is [`StreamKind::Other`].
    Terminal,
    /// A regular file.
    File,
    /// A pipe, a device, a dumb terminal.
    Other,
}

/// Which reporters a run gets when the user did not choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// [`Terminal`](crate::Terminal) on stderr, nothing on stdout.
    Live,
    /// [`Plain`](crate::Plain) on stdout.
    Log,
    /// [`Plain`](crate::Plain) on stdout and [`Terminal`](crate::Terminal) on stderr.
    LogAndLive,
}

impl Layout {
    /// Chooses. The live tree is drawn only where nothing else writes: a pipe on stdout usually ends on the same terminal
    /// (`| tee log`, `| less`), a file does not.
    pub fn choose(stdout: StreamKind, stderr: StreamKind) -> Self {
        match (stdout, stderr) {
            (StreamKind::Terminal, StreamKind::Terminal) => Self::Live,
            (StreamKind::File, StreamKind::Terminal) => Self::LogAndLive,
            _ => Self::Log,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_tree_needs_a_terminal_to_itself() {
        use StreamKind::{File, Other, Terminal};
        for (stdout, stderr, layout) in [
            (Terminal, Terminal, Layout::Live),
            (File, Terminal, Layout::LogAndLive),
            (Other, Terminal, Layout::Log),
            (Terminal, File, Layout::Log),
            (Terminal, Other, Layout::Log),
            (Other, Other, Layout::Log),
        ] {
            assert_eq!(Layout::choose(stdout, stderr), layout, "{stdout:?} {stderr:?}");
        }
    }
}
