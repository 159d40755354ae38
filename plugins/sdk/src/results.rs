//! What the step says of itself: named values, which reporters show and later steps have as variables, and remarks on lines of files. Power
//! `results`.

use crate::bindings::powers::windlass::plugin::results as wit;
use crate::error::Error;

/// An image in a registry, a value and what it is, how serious a remark is, and a remark.
pub use wit::{Annotation, Image, Severity, Value};

/// Says a named value. Steps that follow have it as the variable `WINDLASS_RESULT_STEP_NAME`. A value that the step says again takes the place of
/// the earlier one.
///
/// # Errors
/// When the power was not granted for this name, the name or the value makes no sense, or another step or the task sets that variable.
pub fn set(name: &str, value: impl Into<Value>) -> Result<(), Error> {
    wit::set(name, &value.into())
}

/// Remarks something about lines of a file of the project.
///
/// # Errors
/// When the power was not granted, or the remark makes no sense.
pub fn annotate(annotation: &Annotation) -> Result<(), Error> {
    wit::annotate(annotation)
}

impl Annotation {
    /// A remark on one line, counted from 1, of a file from the project's root.
    pub fn new(severity: Severity, path: impl Into<String>, line: u32, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        Self { path, line, end_line: None, column: None, end_column: None, severity, title: None, message }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<Image> for Value {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}
