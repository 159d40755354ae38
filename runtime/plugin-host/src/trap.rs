//! A trap in words.

use wasmtime::{Trap, WasmBacktrace};

use crate::limits::LimitReached;
use crate::words;

/// What broke a plugin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The cause in words.
    pub(crate) cause: String,
    /// The plugin's own frames, innermost first.
    pub(crate) frames: Vec<String>,
}

/// More frames than these tell nobody anything.
const MAX_FRAMES: usize = 16;

/// Explains an error of a call. `last_error` is the last error that the plugin logged.
pub(crate) fn explain(error: &wasmtime::Error, last_error: Option<&str>) -> Broken {
    // Names of functions are the plugin's words, too, and each is shown on a line.
    let frames = frames(error).iter().map(|frame| words::name(frame)).collect();
    Broken { cause: words::bounded(&cause(error, last_error)), frames }
}

fn cause(error: &wasmtime::Error, last_error: Option<&str>) -> String {
    if let Some(limit) = error.downcast_ref::<LimitReached>() {
        return limit.to_string();
    }
    let trap = trap(error);
    match last_error {
        None => trap,
        // The SDK logs a panic's text before the panic becomes a trap, and that says it all.
        Some(text) if text.contains("panicked at") => text.to_owned(),
        // In other languages it is an exception that nobody caught.
        Some(text) => format!("{trap}; the last error that it logged: {text}"),
    }
}

fn trap(error: &wasmtime::Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "it aborted (a panic, an exception, or `unreachable`)".to_owned(),
        Some(Trap::StackOverflow) => "its stack overflowed".to_owned(),
        Some(Trap::MemoryOutOfBounds) => "it used memory that it does not have".to_owned(),
        Some(Trap::IntegerDivisionByZero) => "it divided by zero".to_owned(),
        Some(trap) => trap.to_string(),
        // wasmtime says where before it says what, and the frames say where.
        None => error.root_cause().to_string(),
    }
}

fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let named = backtrace.frames().iter().filter_map(|frame| {
        let name = frame.func_name().map(|name| format!("{:#}", rustc_demangle::demangle(name)));
        match name {
            Some(name) if is_runtime(&name) => None,
            Some(name) => Some(name),
            None => Some(format!("function {}", frame.func_index())),
        }
    });
    named.take(MAX_FRAMES).collect()
}

/// Whether a function is the language's and not the plugin's.
fn is_runtime(name: &str) -> bool {
    let name = name.trim_start_matches('<');
    ["core::", "std::", "alloc::", "dlmalloc", "__rust", "rust_panic", "__rustc", "wit_bindgen::", "abort", "cabi_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}
