//! From a target to a client: kubeconfig, credentials, TLS, time-outs.

use std::time::Duration;

use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder};
use windlass_engine::ports::driver::DriverError;
use windlass_model::plan::Target;

use crate::agent::Agents;
use crate::driver::KubeDriver;
use crate::error::{Permission, Request, chain};

/// A person waits: an API server that does not take a connection by then is not there.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// A client and whom it speaks to.
pub struct Connected {
    pub(crate) client: Client,
    pub(crate) context: Context,
}

/// Whom a client speaks to.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) target: Target,
    pub(crate) kubeconfig: Option<String>,
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// The cluster in words, for messages.
    pub(crate) label: String,
}

/// Connects a driver to the cluster that a plan names.
///
/// # Errors
/// When the kubeconfig does not have what the target names, or its credentials cannot be had. The cluster itself is first spoken to in
/// the background; whether it answers is told by the first call of the driver.
pub async fn connect(target: &Target, agents: Agents) -> Result<KubeDriver, DriverError> {
    Ok(KubeDriver::new(Connected::open(target).await?, agents))
}

impl Connected {
    /// Makes a client for a target, and warms its first connection up.
    ///
    /// # Errors
    /// As [`connect`].
    pub async fn open(target: &Target) -> Result<Self, DriverError> {
        let context = context(target)?;
        let kubeconfig = read_kubeconfig(context.kubeconfig.as_deref()).map_err(|error| broken(&context, &error))?;
        if !kubeconfig.contexts.iter().any(|known| known.name == context.name) {
            let known: Vec<_> = kubeconfig.contexts.iter().map(|known| known.name.as_str()).collect();
            let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
            return Err(DriverError::NotFound { what: format!("context {} in the kubeconfig ({known})", context.name) });
        }
        let options = KubeConfigOptions { context: Some(context.name.clone()), ..KubeConfigOptions::default() };
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| broken(&context, &error))?;
        config.connect_timeout = Some(CONNECT_TIME);
        // An exec stream may stand still for as long as the command in the container does not read.
        config.write_timeout = None;
        // Credential plugins are programs that are waited for.
        let made = tokio::task::spawn_blocking(move || client(config)).await;
        let client = match made {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => {
                let permission = Permission::new("get", "pods");
                let request = Request::new(&context.label, &context.namespace, permission, "");
                return Err(request.error(&error));
            }
            Err(error) => return Err(DriverError::Other { target: context.label, message: chain(&error) }),
        };
        let warm = client.clone();
        tokio::spawn(async move { warm.apiserver_version().await });
        Ok(Self { client, context })
    }
}

fn context(target: &Target) -> Result<Context, DriverError> {
    let Target::Kube { kubeconfig, context, namespace } = target else {
        let message = "it is not a Kubernetes cluster".to_owned();
        return Err(DriverError::Other { target: target.to_string(), message });
    };
    Ok(Context {
        target: target.clone(),
        kubeconfig: kubeconfig.clone(),
        name: context.clone(),
        namespace: namespace.clone(),
        label: format!("the cluster of context {context}"),
    })
}

/// Reads a kubeconfig: the file named, else those of `KUBECONFIG`, else `~/.kube/config`.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn read_kubeconfig(file: Option<&str>) -> Result<Kubeconfig, KubeconfigError> {
    match file {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    }
}

/// The usual kubeconfig, or `None` on a machine that has none.
///
/// # Errors
/// When there is one, but it cannot be read.
pub fn usual_kubeconfig() -> Result<Option<Kubeconfig>, KubeconfigError> {
    match read_kubeconfig(None) {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(error) => Err(error),
    }
}

fn broken(context: &Context, error: &KubeconfigError) -> DriverError {
    DriverError::Other { target: format!("the kubeconfig for context {}", context.name), message: chain(error) }
}

/// kube's own client, except that small writes are not held back: Nagle's algorithm would hold the second message of an exec for
/// the acknowledgement of the first. Proxies are kube's own business.
fn client(config: Config) -> kube::Result<Client> {
    // Said, because rustls panics when a build of the whole workspace gives it two to choose from. It fails when it was said before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    if config.proxy_url.is_some() {
        return Client::try_from(config);
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    tcp.set_keepalive(Some(Duration::from_secs(30)));
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(HttpClient::builder(TokioExecutor::new()).build::<_, Body>(config.rustls_https_connector_with_connector(tcp)?));
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}
