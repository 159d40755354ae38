//! What a person sees when windlass itself is wrong.

use std::io::Write as _;
use std::panic::PanicHookInfo;

/// The exit code of a bug in windlass (`EX_SOFTWARE` of sysexits).
pub const EXIT_CODE: u8 = 70;

/// Replaces the standard panic message by one that says whose fault it is and what to do.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info| {
        // Nothing can be done about a stderr that is gone.
        let _ = std::io::stderr().lock().write_all(crate::output::redactor().text(&message(info)).as_bytes());
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "\nerror: a bug in windlass {version}: {what}{place}\n\
         help: please report it with this line and the command you typed\n\
         help: `windlass gc` finds pods that this run may have left\n"
    )
}
