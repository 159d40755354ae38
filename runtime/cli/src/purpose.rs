//! What a command makes a plan for.

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be looked at: nothing is read or run that needs trust, and what does is left to be told.
    Looking,
    /// To see whether the files are all right. As [`Purpose::Looking`]; a context that this machine does not have is wrong then, where it
    /// is otherwise a value that can still be given.
    Checking,
    /// To be executed: all that the project asks for must be trusted.
    Running,
}
