//! Programs of this machine.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use windlass_engine::ports::driver::DriverError;

/// Writes a program, by another process: were it open for writing here, a process that another test starts meanwhile would hold it open,
/// too, and it could not be executed ("text file busy").
pub fn place(program: &[u8], path: &Path) {
    let mut writing = std::process::Command::new("sh")
        .args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh runs");
    writing.stdin.take().expect("a pipe").write_all(program).expect("the program is written");
    assert!(writing.wait().expect("sh ends").success(), "{}", path.display());
}

pub fn other(message: impl Into<String>) -> DriverError {
    DriverError::Other { target: "this machine".into(), message: message.into() }
}

/// A command that ends with whoever started it.
pub fn command(argv: &[String]) -> Result<Command, DriverError> {
    let (program, args) = argv.split_first().ok_or_else(|| other("a command needs a program"))?;
    let mut command = Command::new(program);
    command.args(args).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command)
}
