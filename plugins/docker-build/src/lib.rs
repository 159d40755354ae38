//! The built-in plugin docker-build.
