//! The port to whatever runs pods: a Kubernetes cluster or a container engine.

mod error;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use secrecy::SecretSlice;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use windlass_model::event::Level;
use windlass_model::plan::{ImageBuild, Target};
use windlass_model::pod::{PodPlan, paths};
use windlass_model::secret::SecretName;
use windlass_working_copy::Upload;

pub use error::DriverError;

/// The values of secrets, by name. They are wiped from memory when dropped.
pub type SecretValues = BTreeMap<SecretName, SecretSlice<u8>>;

/// Runs pods. One driver serves all tasks of a run that share a [`Target`].
///
/// Every call may be repeated: what exists already is not created again, what is gone already is not an error to delete.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Where this driver runs pods.
    fn target(&self) -> &Target;

    /// How long a call is tried again that gets no answer, or the answer that it cannot be served now.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// How long [`Driver::create`] may take at most, waiting for answers and for room.
    fn creation_time(&self) -> Duration {
        Duration::ZERO
    }

    /// Where to tell what the calls for a pod wait for, from now on until it is deleted.
    fn tell_waits(&self, pod: &PodPlan, tell: mpsc::UnboundedSender<(Level, String)>) {
        let _ = (pod, tell);
    }

    /// The private directory in memory of each supervised container.
    fn run_directory(&self) -> &str {
        paths::RUN
    }

    /// The directory on disk that all supervised containers of a pod share.
    fn shared_directory(&self) -> &str {
        paths::SHARED
    }

    /// Builds an image from the working copy, unless it is there. Lines of the build go to `tell`. For drivers whose target builds images by
    /// itself; others refuse.
    ///
    /// # Errors
    /// When the build fails, or the target is not reached.
    async fn build_image(
        &self,
        build: &ImageBuild,
        workspace: &Upload,
        tell: mpsc::UnboundedSender<String>,
    ) -> Result<(), ImageBuildError> {
        let _ = (workspace, tell);
        let message = format!("it does not build images, so there is no {}", build.image);
        Err(DriverError::Other { target: self.target().to_string(), message }.into())
    }

    /// Creates the pod and all that belongs to it, secrets and agent first. Returns once the request is accepted; whether
    /// the pod starts is told by [`Driver::watch`].
    ///
    /// # Errors
    /// When the cluster refuses or is not reached. What was created before the error is left for [`Driver::delete`].
    async fn create(&self, pod: &PodPlan, secrets: &SecretValues) -> Result<(), DriverError>;

    /// The pod is not wanted any more: what [`Driver::create`] waits for before it asks (again) for a part of it ends now, and so does the
    /// creation, as soon as the requests that are under way have their answers. What stands by then is left for [`Driver::delete`].
    fn give_up(&self, pod: &PodPlan) {
        let _ = pod;
    }

    /// What happens to the pod, beginning with its present state. The first watch after a creation misses nothing that
    /// happened since. The stream ends only after
    /// [`PodEvent::Gone`]; interruptions of the watch are mended by the driver.
    fn watch(&self, pod: &PodPlan) -> BoxStream<'static, PodEvent>;

    /// Runs a command in a running container with its input and output connected. The stream may be cut at any time:
    /// callers must not take its end for the command's.
    ///
    /// # Errors
    /// When the container is not running or the cluster is not reached.
    async fn exec(&self, pod: &PodPlan, container: &str, argv: &[String]) -> Result<Exec, DriverError>;

    /// The end of what a container wrote by itself, newest last. Containers that windlass did not make have logs, too.
    ///
    /// # Errors
    /// When the container never ran or the cluster is not reached.
    async fn log_tail(&self, pod: &PodPlan, container: &str, part: LogPart) -> Result<Vec<u8>, DriverError>;

    /// All that a container writes by itself, from its start, in pieces of any size as it comes. It ends with the container. Nothing is read
    /// ahead of who takes the pieces.
    fn follow_log(&self, pod: &PodPlan, container: &str) -> BoxStream<'static, Result<Vec<u8>, DriverError>>;

    /// How long after the main container's start another one ended, last if it did so more than once, by the clock of the machine that both
    /// ran on and exact to a second. `None` when that is not known.
    ///
    /// # Errors
    /// When the cluster is not reached.
    async fn ended_after(&self, pod: &PodPlan, container: &str) -> Result<Option<Duration>, DriverError> {
        let _ = (pod, container);
        Ok(None)
    }

    /// What is known of how each container of the pod ended. Used when the agent stopped answering.
    ///
    /// # Errors
    /// When the cluster is not reached. A pod that does not exist is [`PodEvent::Gone`], not an error.
    async fn autopsy(&self, pod: &PodPlan) -> Result<Vec<PodEvent>, DriverError>;

    /// Deletes the pod and all that belongs to it, and waits until the names are free.
    ///
    /// # Errors
    /// When something is still there after the grace and a short while more.
    async fn delete(&self, pod: &PodPlan, grace: Duration) -> Result<(), DriverError>;

    /// Everything of windlass that stands here, of any run.
    ///
    /// # Errors
    /// When the cluster is not reached or listing is forbidden.
    async fn list(&self) -> Result<Vec<StandingPod>, DriverError>;

    /// What stands here under windlass' label and does not prove to be windlass' own. It is listed nowhere else, and left alone.
    ///
    /// # Errors
    /// As [`Driver::list`].
    async fn pretenders(&self) -> Result<Vec<Pretender>, DriverError> {
        Ok(Vec::new())
    }

    /// Deletes what [`Driver::list`] found, each part of it only once it proves to be windlass' own.
    ///
    /// # Errors
    /// When something cannot be deleted.
    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError>;
}

/// Why an image was not built.
#[derive(Debug, thiserror::Error)]
pub enum ImageBuildError {
    /// The build ran and failed.
    #[error("image {image} could not be built: {message}")]
    Failed {
        /// The image.
        image: String,
        /// In the builder's words.
        message: String,
        /// The exit code of the command of the Dockerfile that failed, when one did.
        exit_code: Option<i32>,
    },
    /// It did not come to that.
    #[error(transparent)]
    Driver(#[from] DriverError),
}

/// A command running in a container, seen through a stream that may be cut.
pub struct Exec {
    /// What the command reads.
    pub stdin: Box<dyn AsyncWrite + Send + Unpin>,
    /// What the command writes.
    pub stdout: Box<dyn AsyncRead + Send + Unpin>,
    /// Resolves when the stream is over: the exit code, or why there is none.
    pub done: BoxFuture<'static, Result<i32, DriverError>>,
}

/// The part of a log that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPart {
    /// The last lines, so many at most.
    pub lines: u32,
    /// Only what was written within this time before now.
    pub within: Option<Duration>,
}

impl LogPart {
    /// The last lines, whenever they were written.
    pub fn last(lines: u32) -> Self {
        Self { lines, within: None }
    }
}

/// Something that happened to a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodEvent {
    /// Worth showing, and harmless so far: scheduled, pulling an image, a Warning event.
    Notice {
        /// The container, when it is about one.
        container: Option<String>,
        /// How serious it is.
        level: Level,
        /// In one line.
        message: String,
    },
    /// A container runs.
    Running {
        /// The container.
        container: String,
    },
    /// A container can never start as things are: a wrong image name, a missing key, a refused mount.
    CannotStart {
        /// The container, when it is about one; else the pod.
        container: Option<String>,
        /// The cause in one sentence.
        message: String,
        /// What to do, when known.
        help: Option<String>,
    },
    /// A container ended.
    Ended {
        /// The container.
        container: String,
        /// How.
        end: ContainerEnd,
    },
    /// A container that has to end well before the others start did not. They never will.
    InitFailed {
        /// The container.
        container: String,
        /// How it ended.
        end: ContainerEnd,
    },
    /// The pod as a whole was lost: evicted, its node gone, its deadline over.
    Lost {
        /// The cause in one sentence.
        message: String,
        /// What to do, when known.
        help: Option<String>,
    },
    /// The pod does not exist (any more).
    Gone,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerEnd {
    /// By itself, with this exit code.
    Exited(i32),
    /// By a signal.
    Signalled(i32),
    /// The kernel killed it for lack of memory; the limit in words (`3500Mi`), when it has one.
    OutOfMemory {
        /// The container's limit.
        limit: Option<String>,
    },
    /// The runtime could not start it.
    NotStarted(String),
}

/// A pod of some run that stands on a cluster or an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingPod {
    /// The pod's name; what belongs to it starts with it.
    pub name: String,
    /// The run it belongs to.
    pub run: String,
    /// The task it runs.
    pub task: String,
    /// Its age.
    pub age: Duration,
    /// What it is doing, in the cluster's word.
    pub state: String,
    /// Whether its deadline is over, so that no host can be waiting for it.
    pub expired: bool,
}

/// Something that has windlass' label and is not taken for windlass' own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pretender {
    /// The thing, with its kind.
    pub what: String,
    /// What of it does not agree.
    pub why: String,
}
