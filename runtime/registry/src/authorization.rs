//! What a request shows to be let in: a token, or the header that stands for a password.

mod challenge;
mod token;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use secrecy::SecretString;

pub(crate) use challenge::Challenge;
pub(crate) use token::Applicant;

/// A token that ends sooner than this is replaced before it is used.
const MARGIN: Duration = Duration::from_secs(10);

/// An `Authorization` header.
#[derive(Clone)]
pub(crate) struct Authorization {
    pub(crate) header: HeaderValue,
    /// Whose it is, and where the credentials are from.
    pub(crate) login: String,
    expires: Option<Instant>,
}

impl Authorization {
    /// Of a header's text, which is never shown; nothing when it has characters that a header cannot have.
    fn of(text: &str, login: String, expires: Option<Instant>) -> Option<Self> {
        let mut header = HeaderValue::from_str(text).ok()?;
        header.set_sensitive(true);
        Some(Self { header, login, expires })
    }

    /// The header's text, if it is a token that ends soon; what stands for a password is nobody else's.
    pub(crate) fn token(&self) -> Option<SecretString> {
        self.expires?;
        Some(self.header.to_str().ok()?.to_owned().into())
    }

    /// Whether it will do for a request that begins now.
    fn is_fresh(&self) -> bool {
        self.expires.is_none_or(|expires| Instant::now() + MARGIN < expires)
    }
}

/// What one host gave or takes, by what it is for. While one request asks for a token, others that need it wait.
#[derive(Default)]
pub(crate) struct Tokens {
    by_scope: tokio::sync::Mutex<HashMap<String, Authorization>>,
}

impl Tokens {
    /// One that is there and fresh.
    pub(crate) async fn get(&self, scope: &str) -> Option<Authorization> {
        self.by_scope.lock().await.get(scope).filter(|found| found.is_fresh()).cloned()
    }

    /// Another one than `refused`: what somebody else got meanwhile, or what `obtain` gets.
    pub(crate) async fn renew<E>(
        &self,
        scope: &str,
        refused: Option<&HeaderValue>,
        obtain: impl Future<Output = Result<Authorization, E>>,
    ) -> Result<Authorization, E> {
        let mut tokens = self.by_scope.lock().await;
        if let Some(found) = tokens.get(scope).filter(|found| found.is_fresh() && Some(&found.header) != refused) {
            return Ok(found.clone());
        }
        tokens.remove(scope);
        let found = obtain.await?;
        tokens.insert(scope.to_owned(), found.clone());
        Ok(found)
    }
}
