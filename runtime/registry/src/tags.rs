//! The tags of a repository, page by page.

use reqwest::header::LINK;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use windlass_model::image::is_tag;

use crate::answer::document;
use crate::error::Error;
use crate::registries::Registries;
use crate::repository::Repository;
use crate::session::Session;
use crate::transport::{Request, Response, named, same_origin};

/// A repository with more tags is not looked through.
pub const MOST_TAGS: usize = 10_000;

/// Bytes of one page: ten thousand of the longest tags are fewer.
const PAGE: u64 = 2 << 20;

/// Tags that are asked for at once. Registries give fewer as they please.
const AT_ONCE: &str = "1000";

/// A list that has more pages than this goes on for ever, whatever is on them.
pub(crate) const MOST_PAGES: usize = 1000;

#[derive(Deserialize)]
struct Page {
    /// Of a repository without tags, some say `null`.
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl Registries {
    /// All tags of a repository, in the registry's order.
    ///
    /// # Errors
    /// When there is no such repository, or it has more than [`MOST_TAGS`].
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<String>, Error> {
        let what = &format!("tags of {repository}");
        self.read(repository, |session| async move {
            let mut url = session.url("tags/list");
            url.query_pairs_mut().append_pair("n", AT_ONCE);
            let mut tags = Vec::new();
            for _ in 0..MOST_PAGES {
                let response = session.send(&Request::get(url.clone()), what).await?;
                if response.status() != StatusCode::OK {
                    return Err(session.refusal(response, what).await);
                }
                let next = next_page(&session, &response)?;
                let page = document(response, PAGE, what).await?;
                let page: Page = serde_json::from_slice(&page).map_err(|_| session.nonsense("its list of tags is none"))?;
                // What is no tag cannot be asked for.
                tags.extend(page.tags.unwrap_or_default().into_iter().filter(|tag| is_tag(tag)));
                if tags.len() > MOST_TAGS {
                    break;
                }
                match next {
                    Some(next) => url = next,
                    None => return Ok(tags),
                }
            }
            Err(Error::TooManyTags { host: session.host().to_owned(), repository: repository.to_string(), limit: MOST_TAGS })
        })
        .await
    }
}

/// Where the next page is. It is on the same server, or the list is a trap.
pub(crate) fn next_page(session: &Session<'_>, response: &Response) -> Result<Option<Url>, Error> {
    let links = response.inner.headers().get_all(LINK).into_iter().filter_map(|value| value.to_str().ok());
    let Some(target) = links.flat_map(|header| header.split(',')).find_map(next) else { return Ok(None) };
    let page = response.inner.url();
    match named(page, target) {
        Some(url) if same_origin(page, &url) && url != *page => Ok(Some(url)),
        _ => Err(session.nonsense("the next page of its list is on another server, or the same page again")),
    }
}

/// `</v2/a/tags/list?last=x&n=1>; rel="next"`
fn next(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = |parameter: &str| {
        parameter.trim().split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
        })
    };
    parameters.split(';').any(is_next).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_the_next_page_is_found() {
        assert_eq!(next(r#"</v2/a/tags/list?last=x&n=1>; rel="next""#), Some("/v2/a/tags/list?last=x&n=1"));
        assert_eq!(next("<https://r/x>;title=y; REL=next"), Some("https://r/x"));
        for none in ["", "</x>", r#"</x>; rel="prev""#, "/x; rel=next"] {
            assert_eq!(next(none), None, "{none}");
        }
    }
}
