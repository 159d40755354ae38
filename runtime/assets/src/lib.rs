//! The agent and the built-in plugins, carried inside the binary.
