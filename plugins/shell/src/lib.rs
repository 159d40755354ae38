//! The built-in plugin shell.
