//! Single requests, signed with a key that stays here.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::azure::MicrosoftAzure;
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::gcp::GoogleCloudStorage;
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{Error, Result};
use windlass_mover_client::protocol::{Blob, Request};

/// For how long a request can be sent.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// What signs.
pub(super) struct Signing {
    pub(super) provider: Signer3,
    /// Certificates to trust beside the usual ones, as PEM.
    pub(super) certificates: Option<String>,
}

/// One of three.
pub(super) enum Signer3 {
    /// Its region is part of a signature.
    S3(Arc<AmazonS3>, String),
    Gcs(Arc<GoogleCloudStorage>),
    Azure(Arc<MicrosoftAzure>),
}

impl Signing {
    /// Whether the store refuses other bytes than those that a request was signed for.
    pub(super) fn checks_bytes(&self) -> bool {
        matches!(self.provider, Signer3::S3(..))
    }

    /// The request that reads an object.
    pub(super) async fn get(&self, path: &Path) -> Result<Request> {
        let url = self.signer().signed_url(Method::GET, path, LIFE).await?;
        Ok(self.request("GET", url.into(), Vec::new()))
    }

    /// The request that writes an object.
    pub(super) async fn put(&self, path: &Path, blob: &Blob) -> Result<Request> {
        let kind = ("content-type".to_owned(), "application/octet-stream".to_owned());
        match &self.provider {
            Signer3::S3(store, region) => {
                let (url, headers) = signed(store, region, path, blob).await?;
                Ok(self.request("PUT", url, headers))
            }
            Signer3::Gcs(store) => {
                let url = store.signed_url(Method::PUT, path, LIFE).await?;
                Ok(self.request("PUT", url.into(), vec![kind]))
            }
            Signer3::Azure(store) => {
                let url = store.signed_url(Method::PUT, path, LIFE).await?;
                let block = ("x-ms-blob-type".to_owned(), "BlockBlob".to_owned());
                Ok(self.request("PUT", url.into(), vec![kind, block]))
            }
        }
    }

    fn signer(&self) -> &dyn Signer {
        match &self.provider {
            Signer3::S3(store, _) => &**store,
            Signer3::Gcs(store) => &**store,
            Signer3::Azure(store) => &**store,
        }
    }

    fn request(&self, method: &str, url: String, headers: Vec<(String, String)>) -> Request {
        Request { method: method.to_owned(), url, headers, certificates: self.certificates.clone() }
    }
}

/// The digest of the bytes is signed along, so the store takes no others; an address alone could not say so.
async fn signed(store: &AmazonS3, region: &str, path: &Path, blob: &Blob) -> Result<(String, Vec<(String, String)>)> {
    let mut url = store.signed_url(Method::PUT, path, LIFE).await?;
    url.set_query(None);
    let failed = |source: http::Error| Error::Generic { store: "S3", source: source.into() };
    let request = http::Request::builder().method(Method::PUT).uri(url.as_str());
    let mut request: HttpRequest = request.body(HttpRequestBody::empty()).map_err(failed)?;
    let credential = store.credentials().get_credential().await?;
    AwsAuthorizer::new(&credential, "s3", region).try_authorize(&mut request, Some(&blob.digest.0))?;
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    Ok((url.into(), request.headers().iter().filter_map(text).collect()))
}
