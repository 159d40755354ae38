//! Reads the docker commands of a task's scripts as typed requests: `docker login`, `build`, `tag`, `push`, with all their flags.
//!
//! Complete or refused: what is not fully understood is named by its word, and nothing is guessed or dropped in silence. Pure:
//! text in, requests or refusals out, in time that grows with the text.
//!
//! The stages, one module each: text to words and operators (`lex`), to simple commands (`syntax`), with the script's own
//! constants filled in (`variables`), to docker commands (`commands`, `script`), and all scripts of a task together to requests
//! (`task`), since a tag or a push speaks of an image that another script built.
//!
//! Variables stay variables ([`Text`]): their values are known to whoever expands the task's fields. The lexer is the project's
//! own: crates that split words lose operators and the quoting of `$`, and shell parsers accept a language of which nearly
//! all has no typed form.

#![forbid(unsafe_code)]

mod commands;
mod flags;
mod lex;
mod password_file;
mod pushes;
mod refusal;
mod request;
mod script;
mod syntax;
mod task;
mod text;
mod variables;
mod word;

pub use password_file::PasswordFile;
pub use pushes::pushes;
pub use refusal::Refusal;
pub use request::{Build, Field, Handed, Kind, Login, Push, Request};
pub use task::{Note, Placed, Recognition, RefusedScript, Script, TypedScript, recognise};
pub use text::{Segment, Text, Variable};
