//! The working copy: what Git says of it, what of it travels into a pod, and how it is packed.
//!
//! - [`git`] asks the `git` program, so that nothing in the tree makes it run anything else.
//! - [`Repository`] tells a repository that belongs to a directory from one that its `.git` only points to.
//! - [`Selection`] says which files are part of the working copy; [`Part`] answers the same for single names.
//! - [`SecretFiles`] keeps the sources of secrets out of it.
//! - [`pack()`] and [`ContextFiles`] read those files, and nothing else.

mod borrowed;
mod context_files;
mod entries;
mod entry;
mod error;
pub mod git;
mod git_config;
mod history;
mod pack;
mod part_of;
mod paths;
mod repository;
mod rules;
mod secret_files;
mod selection;
mod summary;
#[cfg(test)]
mod test_git;
mod walk;

pub use borrowed::borrowed;
pub use context_files::{Content, ContextFiles};
pub use error::PackError;
pub use pack::{Upload, pack};
pub use part_of::Part;
pub use paths::paths;
pub use repository::{Foreign, Repository};
pub use rules::IGNORE_FILE;
pub use secret_files::{SecretFile, SecretFiles, Standing};
pub use selection::Selection;
pub use summary::Summary;
