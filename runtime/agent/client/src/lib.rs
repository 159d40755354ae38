//! The host side of the agent: one stream, resumed when it is cut.
