//! The built-in plugin registry-login.
