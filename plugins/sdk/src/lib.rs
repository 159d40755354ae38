//! What the author of a windlass plugin uses.
