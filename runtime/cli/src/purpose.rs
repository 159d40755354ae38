//! What a command makes a plan for.

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be looked at: nothing is read or run that needs trust, and what does is left to be told.
    Looking,
    /// To see whether the files are all right. As [`Purpose::Looking`]; a context that this machine does not have is wrong then, where it
    /// is otherwise a value that can still be given.
    Checking,
    /// As [`Purpose::Checking`], of files with errors: nobody knows what settings allow that cannot be read, so nothing is judged by them.
    CheckingTheRest,
    /// To be executed, once all that the project asks for is trusted.
    Running,
}

impl Purpose {
    /// Whether all that counts is what is wrong with the files.
    pub fn is_checking(self) -> bool {
        matches!(self, Self::Checking | Self::CheckingTheRest)
    }
}
