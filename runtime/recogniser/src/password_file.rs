//! What a script finds that a step before it made.

/// A file that a step before made of a variable: `docker login` may read its password from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordFile {
    /// Its path, as written.
    pub path: String,
    /// The variable.
    pub variable: String,
}
