//! How much the steps of a task may leave for later ones: what masks secrets, and what is set for every command, grows with it.

use windlass_model::variable::ALL_TOGETHER;

use crate::ports::plugin::BackendError;

/// The most secrets that the steps of one task make. Each makes what masks text larger.
const SECRETS: usize = 1000;

/// The most bytes of all of them.
const BYTES: usize = 4 << 20;

/// What is taken of it.
#[derive(Debug, Default)]
pub(super) struct Room {
    secrets: usize,
    bytes: usize,
}

impl Room {
    /// Takes room for one more secret.
    pub(super) fn take(&mut self, length: usize) -> Result<(), BackendError> {
        if self.secrets >= SECRETS {
            return Err(BackendError::Invalid(format!("the steps of this task have made {SECRETS} secrets, which is the most")));
        }
        let bytes = self.bytes.saturating_add(length);
        if bytes > BYTES {
            let most = BYTES >> 20;
            return Err(BackendError::Invalid(format!(
                "the secrets that steps of this task made have more than {most} MiB together"
            )));
        }
        *self = Self { secrets: self.secrets + 1, bytes };
        Ok(())
    }
}

/// Refuses a variable with which no command could be started any more.
pub(super) fn for_variables(name: &str, lengths: impl Iterator<Item = usize>) -> Result<(), BackendError> {
    let total: usize = lengths.sum();
    if total <= ALL_TOGETHER {
        return Ok(());
    }
    Err(BackendError::Invalid(format!(
        "with {name}, the variables that steps have set have {total} bytes, and Linux allows {ALL_TOGETHER} in all: leave long texts in files"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirty thousand secrets of one script kept the host busy for a minute and a half.
    #[test]
    fn secrets_are_bounded_in_number_and_in_bytes() {
        let mut room = Room::default();
        let taken = (0..10_000).take_while(|_| room.take(10).is_ok()).count();
        assert_eq!(taken, SECRETS);
        assert!(room.take(10).is_err_and(|error| error.to_string().contains("1000 secrets, which is the most")));
        let mut room = Room::default();
        assert!(room.take(BYTES).is_ok() && room.take(1).is_err_and(|error| error.to_string().contains("more than 4 MiB")));
    }

    #[test]
    fn variables_are_bounded_by_what_a_command_takes() {
        assert!(for_variables("A", [ALL_TOGETHER].into_iter()).is_ok());
        assert!(for_variables("A", [ALL_TOGETHER, 1].into_iter()).is_err_and(|error| error.to_string().starts_with("with A, ")));
    }
}
