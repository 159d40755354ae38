//! Data in the form that people read.

mod plan;
mod plugin;
mod table;

pub use plan::plan;
pub use plugin::plugin;
pub use table::table;
