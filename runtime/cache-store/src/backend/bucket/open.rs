//! Reaching a bucket, with what the environment says of it.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, Certificate, ClientOptions, ObjectStore, RetryConfig};
use url::Url;
use windlass_model::cache::Provider;

use super::Bucket;
use super::patient::Patient;
use super::sign::{Signer3, Signing};
use crate::StoreError;
use crate::backend::registry::is_loopback;
use crate::scratch::Scratch;

/// The largest file of certificates.
const CERTIFICATES: u64 = 1 << 20;

/// How buckets are reached.
pub(crate) struct Reach<'a> {
    /// Variables of the environment.
    pub(crate) environment: &'a [(String, String)],
    /// Whether bytes of a store on this machine's loopback go through here.
    pub(crate) relay_loopback: bool,
}

impl Reach<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(variable, value)| variable == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// Each variable that begins so, as the library calls it.
    fn each<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (String, &'a str)> {
        let own = self.environment.iter().filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty());
        own.map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
    }
}

impl Bucket {
    /// Reaches one; nothing is asked yet.
    pub(crate) fn open(
        provider: Provider,
        bucket: &str,
        prefix: &str,
        reach: &Reach<'_>,
        scratch: Arc<Scratch>,
    ) -> Result<Self, StoreError> {
        let scheme = match provider {
            Provider::S3 => "s3",
            Provider::Gcs => "gs",
            Provider::Azure => "az",
        };
        let name = format!("{scheme}://{bucket}");
        let certificates = certificates(reach, &name)?;
        let options = options(certificates.as_deref()).map_err(|problem| location(&name, problem))?;
        let failed = |error: object_store::Error| location(&name, error.to_string());
        let (store, signer, endpoint): (Arc<dyn ObjectStore>, _, _) = match provider {
            Provider::S3 => {
                let (builder, endpoint) = s3(bucket, reach, options);
                let region = builder.get_config_value(&AmazonS3ConfigKey::Region).unwrap_or_else(|| "us-east-1".to_owned());
                let store = Arc::new(builder.build().map_err(failed)?);
                (Arc::clone(&store) as _, Signer3::S3(store, region), endpoint)
            }
            Provider::Gcs => {
                let store = Arc::new(gcs(bucket, reach, options).build().map_err(failed)?);
                (Arc::clone(&store) as _, Signer3::Gcs(store), None)
            }
            Provider::Azure => {
                let (builder, endpoint) = azure(bucket, reach, options);
                let store = Arc::new(builder.build().map_err(failed)?);
                (Arc::clone(&store) as _, Signer3::Azure(store), endpoint)
            }
        };
        let is_own = |endpoint: String| {
            let url = Url::parse(&endpoint).ok();
            url.is_some_and(|url| url.host_str().is_some_and(is_loopback))
        };
        let relay = reach.relay_loopback && endpoint.is_some_and(is_own);
        let signing = Signing { provider: signer, certificates };
        Ok(Self { name, store, prefix: prefix.to_owned(), signing, scratch, relay })
    }
}

fn s3(bucket: &str, reach: &Reach<'_>, options: ClientOptions) -> (AmazonS3Builder, Option<String>) {
    let known = reach.each("AWS_").filter_map(|(name, value)| Some((name.parse::<AmazonS3ConfigKey>().ok()?, value)));
    let builder = known.fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value));
    let builder = match (reach.get("AWS_REGION"), reach.get("AWS_DEFAULT_REGION")) {
        (Some(region), _) | (None, Some(region)) => builder.with_region(region),
        (None, None) => builder,
    };
    let endpoint = reach.get("AWS_ENDPOINT_URL_S3").or_else(|| reach.get("AWS_ENDPOINT_URL")).map(str::to_owned);
    let plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    let builder = builder
        .with_bucket_name(bucket)
        .with_client_options(options.with_allow_http(plain))
        .with_retry(retry())
        .with_http_connector(Patient::default());
    (builder, endpoint)
}

fn gcs(bucket: &str, reach: &Reach<'_>, options: ClientOptions) -> GoogleCloudStorageBuilder {
    let known = reach.each("GOOGLE_").filter_map(|(name, value)| Some((name.parse::<GoogleConfigKey>().ok()?, value)));
    let builder = known.fold(GoogleCloudStorageBuilder::new(), |builder, (key, value)| builder.with_config(key, value));
    builder.with_bucket_name(bucket).with_client_options(options).with_retry(retry()).with_http_connector(Patient::default())
}

fn azure(container: &str, reach: &Reach<'_>, options: ClientOptions) -> (MicrosoftAzureBuilder, Option<String>) {
    let known = reach.each("AZURE_").filter_map(|(name, value)| Some((name.parse::<AzureConfigKey>().ok()?, value)));
    let builder = known.fold(MicrosoftAzureBuilder::new(), |builder, (key, value)| builder.with_config(key, value));
    let endpoint = reach.get("AZURE_STORAGE_ENDPOINT").or_else(|| reach.get("AZURE_ENDPOINT")).map(str::to_owned);
    let plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    let builder = builder.with_container_name(container).with_client_options(options.with_allow_http(plain));
    (builder.with_retry(retry()).with_http_connector(Patient::default()), endpoint)
}

/// A run does not wait long for a cache.
fn retry() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 4, retry_timeout: Duration::from_secs(20) }
}

fn options(certificates: Option<&str>) -> Result<ClientOptions, String> {
    let mut options = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_read_timeout(Duration::from_secs(30))
        .with_timeout(Duration::from_secs(300));
    let bundle = certificates.map(|pem| Certificate::from_pem_bundle(pem.as_bytes())).transpose();
    for certificate in bundle.map_err(|error| error.to_string())?.into_iter().flatten() {
        options = options.with_root_certificate(certificate);
    }
    Ok(options)
}

/// Those of `AWS_CA_BUNDLE`, which other tools take as well.
fn certificates(reach: &Reach<'_>, store: &str) -> Result<Option<String>, StoreError> {
    let Some(path) = reach.get("AWS_CA_BUNDLE") else { return Ok(None) };
    let unreadable = |problem: String| location(store, format!("{path}, which AWS_CA_BUNDLE names, cannot be read: {problem}"));
    let bytes = windlass_files::named(path.as_ref(), CERTIFICATES).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
    // It goes to containers.
    if text.contains("PRIVATE KEY") {
        return Err(unreadable("it holds a private key, which must not go to a pod".into()));
    }
    Ok(Some(text))
}

fn location(store: &str, problem: String) -> StoreError {
    StoreError::Location { store: store.to_owned(), problem }
}
