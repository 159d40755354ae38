//! Values that were read and cannot be used.

use windlass_model::handed::NotHanded;
use windlass_model::secret::SecretName;
use windlass_model::variable::LONGEST;

/// The most bytes of all values of a run: what masks them grows with them.
pub const ALL_TOGETHER: usize = 4 << 20;

/// Why a value that was read cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ValueError {
    /// A typed step stands for a command line whose outcome only a shell can tell.
    #[error(
        "task {task}: the script passes {name} without quotes, so a shell may change its value: {reason}; write \"${name}\" in \
         the script"
    )]
    NotHanded {
        /// The task.
        task: String,
        /// The secret.
        name: SecretName,
        /// What is in the way.
        reason: NotHanded,
    },
    /// No command can be started with it.
    #[error(
        "the value of {name} has {length} bytes, and Linux allows {LONGEST} in a variable with its name, which {variable} is"
    )]
    TooLong {
        /// The secret.
        name: SecretName,
        /// The variable that holds it.
        variable: String,
        /// Its length in bytes.
        length: usize,
    },
    /// All values together are too large.
    #[error("the values of the secrets have more than {} MiB together; {last} is one too many", ALL_TOGETHER >> 20)]
    TooMuch {
        /// The one that was read last.
        last: SecretName,
    },
}
