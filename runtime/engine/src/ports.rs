//! What the engine asks of the world: a driver that runs pods, a host that runs plugins. Each port is implemented by one
//! crate for real and by [`crate::fake`] in memory, and nothing here knows which.

pub mod driver;
pub mod plugin;
