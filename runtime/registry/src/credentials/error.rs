//! Why a login cannot be had. No message holds anything of a file that may be a secret.

/// Why a login cannot be had, in one sentence with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// A file cannot be read.
    #[error("logins cannot be read from {path}: {problem}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        problem: String,
    },
    /// A file is no configuration.
    #[error(
        "{path} is not a configuration of Docker or Podman (line {line}, column {column}); correct it, or delete it and log \
         in again"
    )]
    Malformed {
        /// The file.
        path: String,
        /// The one-based line.
        line: usize,
        /// The one-based column.
        column: usize,
    },
    /// An entry of a file is none.
    #[error("the `auth` of {key} in {path} is not base64 of NAME:SECRET; log in to it again")]
    Entry {
        /// The file.
        path: String,
        /// The key of the entry.
        key: String,
    },
    /// A helper has no name of a program.
    #[error("{path} names a credential helper `{helper}`, which is no name; write the NAME of a program docker-credential-NAME")]
    HelperName {
        /// The file that names it.
        path: String,
        /// As it is written.
        helper: String,
    },
    /// A helper cannot be started.
    #[error(
        "the credential helper {program}, which {path} names, cannot be started: {problem}; install it, or remove its name \
         from {path}"
    )]
    HelperMissing {
        /// The file that names it.
        path: String,
        /// The program.
        program: String,
        /// Why.
        problem: String,
    },
    /// A helper gave no answer in time, and was ended.
    #[error(
        "the credential helper {program}, which {path} names, did not answer within {seconds} s and was ended; run `{program} \
         list` to see why"
    )]
    HelperHangs {
        /// The file that names it.
        path: String,
        /// The program.
        program: String,
        /// How long it was given.
        seconds: u64,
    },
    /// A helper failed.
    #[error("the credential helper {program}, which {path} names, failed{said}; run `{program} list` to see why")]
    HelperFails {
        /// The file that names it.
        path: String,
        /// The program.
        program: String,
        /// Its own words after a colon, or nothing.
        said: String,
    },
    /// A helper gave an answer that is none.
    #[error("the credential helper {program}, which {path} names, does not answer as such helpers do; check its version")]
    HelperAnswer {
        /// The file that names it.
        path: String,
        /// The program.
        program: String,
    },
}
