//! What the reporters show, through the interface that the command line uses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod background;
mod cleaning;
mod events_md;
mod json;
mod plain;
mod redacting;
mod results;
mod runs;
mod said_once;
mod same_names;
mod screen;
mod sink;
mod terminal;
mod window;
