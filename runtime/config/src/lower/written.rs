//! Scripts as they stand in the file.

use crate::yaml::{Key, Node};
use std::rc::Rc;

/// A script as it is written, beside the step that it makes.
#[derive(Debug, Clone)]
pub(crate) struct WrittenScript {
    /// The place of its step.
    pub step: usize,
    pub key: Key,
    pub value: Rc<Node>,
}
