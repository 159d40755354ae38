//! Loads WebAssembly component plugins and grants them what they may do.
