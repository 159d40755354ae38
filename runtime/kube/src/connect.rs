//! From a target to a client: kubeconfig, credentials, TLS, time-outs.

mod proxy;
mod respite;

use std::time::Duration;

use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::config::{Cluster, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tower::util::MapResponseLayer;
use tower::{BoxError, ServiceBuilder};
use windlass_engine::ports::driver::DriverError;
use windlass_model::plan::Target;
use windlass_model::roles::Builders;

use crate::error::{Permission, Request, chain};
use crate::kubeconfig::{describe, in_words, read_kubeconfig};
pub(crate) use respite::Respite;

/// A person waits: an API server that does not take a connection by then is not there.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// A client and whom it speaks to.
pub struct Connected {
    pub(crate) client: Client,
    pub(crate) context: Context,
    pub(crate) respite: Respite,
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
    /// The address of its API server.
    pub(crate) server: String,
    pub(crate) patience: Patience,
    /// The builders that can be suggested to whom it refuses a pod.
    pub(crate) builders: Builders,
}

/// How long a driver waits for what may come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For answers: calls that get none, or the answer that they cannot be served now, are tried again for so long.
    pub api: Duration,
    /// For room in a quota that others use up.
    pub room: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { api: windlass_engine::times::API_PATIENCE, room: Duration::from_secs(15 * 60) }
    }
}

impl Connected {
    /// Makes a client for a target, and warms its first connection up. Whether the cluster answers is told by the first call.
    ///
    /// # Errors
    /// When the kubeconfig does not have what the target names, or its credentials cannot be had.
    pub async fn open(target: &Target, patience: Patience) -> Result<Self, DriverError> {
        let mut context = context(target, patience)?;
        let unusable = |message: String| DriverError::Unusable {
            target: describe(context.kubeconfig.as_deref()),
            message,
            help: "correct it, or name another one in KUBECONFIG; `kubectl config view` shows what kubectl reads".to_owned(),
        };
        let kubeconfig = read_kubeconfig(context.kubeconfig.as_deref()).map_err(|error| unusable(in_words(&error)))?;
        if !kubeconfig.contexts.iter().any(|known| known.name == context.name) {
            let known: Vec<_> = kubeconfig.contexts.iter().map(|known| known.name.as_str()).collect();
            let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
            let file = describe(context.kubeconfig.as_deref());
            return Err(DriverError::NotFound { what: format!("context {} in the {file} ({known})", context.name) });
        }
        let own_proxy = cluster(&kubeconfig, &context.name).and_then(|cluster| cluster.proxy_url.clone());
        let options = KubeConfigOptions { context: Some(context.name.clone()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        let mut config = config.map_err(|error| unusable(format!("{} of context {}", in_words(&error), context.name)))?;
        config.proxy_url =
            proxy::choose(&config.cluster_url, own_proxy.as_deref(), |name| std::env::var(name).ok()).map_err(unusable)?;
        config.connect_timeout = Some(CONNECT_TIME);
        // An exec stream may stand still for as long as the command in the container does not read.
        config.write_timeout = None;
        // What is tried again is decided in one place, which knows what a request is for.
        config.default_retry = false;
        context.server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
        let respite = Respite::default();
        let heard = respite.clone();
        // Credential plugins are programs that are waited for.
        let made = tokio::task::spawn_blocking(move || client(config, &heard)).await;
        let client = match made {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => {
                let permission = Permission::new("get", "pods");
                let request = Request::new(&context.label, &context.server, &context.namespace, permission, "");
                return Err(request.error(&error));
            }
            Err(error) => return Err(DriverError::Other { target: context.label, message: chain(&error) }),
        };
        let warm = client.clone();
        tokio::spawn(async move { warm.apiserver_version().await });
        Ok(Self { client, context, respite })
    }

    /// The same, which suggests these builders to whom the cluster refuses a pod.
    #[must_use]
    pub fn suggesting(mut self, builders: Builders) -> Self {
        self.context.builders = builders;
        self
    }
}

/// The cluster that a context means.
fn cluster<'a>(kubeconfig: &'a Kubeconfig, context: &str) -> Option<&'a Cluster> {
    let named = kubeconfig.contexts.iter().find(|known| known.name == context)?.context.as_ref()?;
    kubeconfig.clusters.iter().find(|known| known.name == named.cluster)?.cluster.as_ref()
}

fn context(target: &Target, patience: Patience) -> Result<Context, DriverError> {
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
        server: String::new(),
        patience,
        builders: Builders::NONE,
    })
}

/// kube's own client, except that small writes are not held back: Nagle's algorithm would hold the second message of an exec for
/// the acknowledgement of the first. Proxies are kube's own business.
fn client(config: Config, respite: &Respite) -> kube::Result<Client> {
    // Said, because rustls panics when a build of the whole workspace gives it two to choose from. It fails when it was said before.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let respite = respite.clone();
    if config.proxy_url.is_some() {
        let hear = MapResponseLayer::new(move |answer| respite.hear(answer));
        return Ok(ClientBuilder::try_from(config)?.with_layer(&hear).build());
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    tcp.set_keepalive(Some(Duration::from_secs(30)));
    let service = ServiceBuilder::new()
        .map_response(move |answer| respite.hear(answer))
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(HttpClient::builder(TokioExecutor::new()).build::<_, Body>(config.rustls_https_connector_with_connector(tcp)?));
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}
