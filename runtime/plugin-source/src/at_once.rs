//! Several requests at a time.

use std::future::Future;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::SourceError;

/// So many requests are on their way to a registry together.
const AT_ONCE: usize = 8;

/// Fetches a few things at once, as clients of registries do, and keeps their order.
///
/// # Errors
/// The first that comes. The rest is given up.
pub async fn at_once<A, T, F>(all: impl IntoIterator<Item = A>, fetch: impl Fn(A) -> F) -> Result<Vec<T>, SourceError>
where
    F: Future<Output = Result<T, SourceError>>,
{
    stream::iter(all).map(fetch).buffered(AT_ONCE).try_collect().await
}
