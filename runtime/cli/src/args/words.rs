//! Numbers that people write in other words than windlass reads, and what is said then.

/// How many tasks may run at the same time.
///
/// # Errors
/// When it is no such number.
pub fn jobs(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) => Err("at least one task runs at a time: give 1 or more".to_owned()),
        Ok(jobs) => Ok(jobs),
        Err(_) if text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty() => Err(format!("the most is {}", u16::MAX)),
        Err(_) => Err(format!("give a number of tasks: 1 for one after the other, {} for all at once", u16::MAX)),
    }
}
