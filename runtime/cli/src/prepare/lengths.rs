//! Variables that are too long for a command.

use windlass_model::plan::Plan;
use windlass_model::secret::{EnvValue, EnvVar};
use windlass_model::variable::{ALL_TOGETHER, LONGEST, is_too_long};

use crate::failure::Failure;

/// So much of a variable that Git gives is kept: commit messages are for people, and other variables need room, too.
const KEPT: usize = 32 << 10;

/// A variable that Git gives, cut where it is too long for a command, and a note on that.
pub(super) fn cut<'v>(name: &str, value: &'v str) -> (&'v str, Option<String>) {
    if value.len() <= KEPT {
        return (value, None);
    }
    let cut = value.get(..value.floor_char_boundary(KEPT)).unwrap_or(value);
    let length = value.len();
    let note = format!(
        "{name} has {length} bytes, and tasks get the first {}: Linux allows {LONGEST} in one variable, and less beside others",
        cut.len()
    );
    (cut, Some(note))
}

/// Looks at the variables of all tasks and their containers.
///
/// # Errors
/// When no command can be given one of them, or all of them together.
pub(super) fn check(plan: &Plan) -> Result<(), Failure> {
    for task in &plan.tasks {
        fits(&format!("task {}", task.name), &task.env)?;
        for container in &task.pod.containers {
            fits(&format!("container {} of task {}", container.name, task.name), &container.env)?;
        }
    }
    Ok(())
}

fn fits(whose: &str, variables: &[EnvVar]) -> Result<(), Failure> {
    let length = |variable: &EnvVar| match &variable.value {
        EnvValue::Text(text) => text.len(),
        // Its value is looked at when it is read.
        EnvValue::Secret(_) => 0,
    };
    let Some(longest) = variables.iter().max_by_key(|variable| length(variable)) else { return Ok(()) };
    let refused = |message: String| {
        let help = vec!["keep long texts in files of the repository".to_owned()];
        Err(Failure::Usage { message, help })
    };
    let name = &longest.name;
    if is_too_long(name, length(longest)) {
        return refused(format!(
            "{whose}: the variable {name} has {} bytes, and Linux allows {LONGEST} with its name",
            length(longest)
        ));
    }
    let total: usize = variables.iter().map(|variable| variable.name.len() + 2 + length(variable)).sum();
    if total > ALL_TOGETHER {
        return refused(format!(
            "{whose}: its variables have {total} bytes, and Linux allows {ALL_TOGETHER} in all; the longest is {name}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that a message of any length leaves room for a command to start, and that it is said once what was left out.
    #[test]
    fn a_long_message_is_cut_with_a_note() {
        let message = "é".repeat(100_000);
        let (cut, note) = cut("CIRRUS_CHANGE_MESSAGE", &message);
        assert!(cut.len() <= KEPT && message.starts_with(cut));
        assert!(note.is_some_and(|note| note.starts_with("CIRRUS_CHANGE_MESSAGE has 200000 bytes")));
        assert_eq!(super::cut("A", "short"), ("short", None));
    }

    #[test]
    fn a_variable_that_no_command_takes_is_named_with_the_limit() {
        let told = |variables: &[EnvVar]| fits("task t", variables).err().map(|error| error.to_string()).unwrap_or_default();
        let long = EnvVar::text("BLOB", "x".repeat(LONGEST));
        assert!(told(&[EnvVar::text("A", "b"), long]).contains("BLOB has 131071 bytes, and Linux allows 131071"));
        let many: Vec<_> = (0..30).map(|at| EnvVar::text(format!("V{at}"), "x".repeat(100_000))).collect();
        assert!(told(&many).contains("in all"), "{}", told(&many));
        assert_eq!(told(&[EnvVar::text("A", "x".repeat(LONGEST - 2))]), "");
    }
}
