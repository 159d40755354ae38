//! The words that host and agent speak.
