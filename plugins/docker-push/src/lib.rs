//! The built-in plugin docker-push.
