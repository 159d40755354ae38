//! Lines shown under the step's name.

use crate::bindings::powers::windlass::plugin::host;

/// For who looks closely.
pub fn debug(message: impl AsRef<str>) {
    host::log(host::Level::Debug, message.as_ref());
}

/// Good to know.
pub fn info(message: impl AsRef<str>) {
    host::log(host::Level::Info, message.as_ref());
}

/// Probably not what was meant.
pub fn warning(message: impl AsRef<str>) {
    host::log(host::Level::Warning, message.as_ref());
}

/// It stops something.
pub fn error(message: impl AsRef<str>) {
    host::log(host::Level::Error, message.as_ref());
}

/// Whether the step is to stop. Calls that wait return [`crate::Error::Cancelled`] by themselves; this is for long
/// computations.
pub fn cancelled() -> bool {
    host::cancelled()
}

/// Makes a panic's text reach the user: a component without WASI has no standard error to write it to.
#[doc(hidden)]
pub fn report_panics() {
    use std::sync::Once;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|panic| error(panic.to_string()))));
}
