//! What the engine asks of the world: a driver that runs pods, a host that runs plugins, and for a plan what is known of the project's
//! files and of the world around it. Whoever keeps one of them implements its port, and nothing here knows who does.

pub mod driver;
pub mod http;
pub mod plugin;
pub mod project;
pub mod surroundings;
