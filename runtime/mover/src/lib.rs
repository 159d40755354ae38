//! Moves caches between a container and a store.
//!
//! The host starts this program in the main container and holds its input and output: orders come in, questions go out. What is kept is cut into chunks, and
//! of these only what the store lacks is packed and sent; what is restored is checked before anything of it is written, and nothing is written outside of
//! the place that the host names. Everything is named by its digest, so a mover that ends half-way has done no harm: another one goes on.
//!
//! ```text
//! host ⇄ session ─ order → keep:    walk → compare → read, cut, pack → blobs ⇄ host, or a server
//!           │             restore: blobs → tree, packs → files
//!           └ asks, answers
//! ```
//!
//! Plain threads and blocking calls: there is one order at a time that moves much, and the program has to be small.

mod beneath;
mod blobs;
mod chunk;
mod errand;
mod keep;
mod line;
mod memory;
mod pack;
mod restore;
mod serve;
mod session;
mod share;
mod stamp;
mod sync;
mod tree;
mod walk;
mod web;
mod words;

pub use session::run;
