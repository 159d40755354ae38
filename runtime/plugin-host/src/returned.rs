//! What plugins return, typed: credentials and images. A field that makes no sense is refused by its name.

pub(crate) mod images;
pub(crate) mod login;

use crate::schema::Refusal;

/// The refusal of a field.
fn refused(field: &str, reason: impl Into<String>) -> Refusal {
    Refusal { field: field.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
