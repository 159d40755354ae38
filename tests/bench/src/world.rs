//! The cluster that `tests/cluster/up.sh` started, and projects to run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// The programs that are measured, and where.
pub struct World {
    windlass: PathBuf,
    floor: PathBuf,
    kubectl: String,
    kubeconfig: String,
    cloud_kubeconfig: String,
    key: String,
    /// The image that tasks and floors use.
    pub image: String,
    /// Where their pods stand.
    pub namespace: String,
    context: String,
    /// The image that Dockerfiles start from, in [`World::registry`].
    pub base: String,
    /// A registry that speaks plain HTTP and wants no password, as pods know it.
    pub registry: String,
    /// The same registry, as this machine knows it.
    pub plain_registry: String,
    /// A static program that times another.
    pub timed: PathBuf,
    /// The static program that pushes.
    pub helper: PathBuf,
    /// The one that it is held against.
    pub crane: PathBuf,
    /// The components that windlass carries, as files.
    pub plugins: PathBuf,
    /// A component that was written in Python.
    pub python: PathBuf,
    state: TempDir,
}

/// A variable that `tests/cluster/env.sh` or `tests/bench.sh` sets.
fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set; tests/bench.sh sets it"))
}

impl World {
    /// As the environment says.
    ///
    /// # Errors
    /// When a variable is missing.
    pub fn from_environment() -> Result<Self> {
        Ok(Self {
            windlass: variable("WINDLASS_BENCH_WINDLASS")?.into(),
            floor: variable("WINDLASS_BENCH_FLOOR")?.into(),
            kubectl: variable("WINDLASS_TEST_KUBECTL")?,
            kubeconfig: variable("WINDLASS_TEST_KUBECONFIG")?,
            cloud_kubeconfig: variable("WINDLASS_TEST_KUBECONFIG_CLOUD")?,
            key: variable("WINDLASS_TEST_REGISTRY_PASSWORD_FILE")?,
            image: variable("WINDLASS_TEST_IMAGE_BUSYBOX")?,
            namespace: variable("WINDLASS_TEST_NAMESPACE")?,
            context: variable("WINDLASS_TEST_CONTEXT")?,
            base: variable("WINDLASS_TEST_BASE_IMAGE_PLAIN")?,
            registry: variable("WINDLASS_TEST_REGISTRY_PLAIN_FROM_PODS")?,
            plain_registry: variable("WINDLASS_TEST_REGISTRY_PLAIN")?,
            timed: variable("WINDLASS_BENCH_TIMED")?.into(),
            helper: variable("WINDLASS_BENCH_HELPER")?.into(),
            crane: variable("WINDLASS_TEST_CRANE")?.into(),
            plugins: variable("WINDLASS_BENCH_PLUGINS")?.into(),
            python: variable("WINDLASS_BENCH_PYTHON")?.into(),
            state: TempDir::new()?,
        })
    }

    /// Writes the user's own settings.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn settings(&self, text: &str) -> Result<()> {
        let directory = self.state.path().join("config/windlass");
        std::fs::create_dir_all(&directory)?;
        Ok(std::fs::write(directory.join("windlass.yaml"), text)?)
    }

    fn windlass(&self, project: &Path, kubeconfig: &str) -> Command {
        let mut command = Command::new(&self.windlass);
        command.current_dir(project).env("KUBECONFIG", kubeconfig).env("DOCKER_HOST", "unix:///proc/nowhere");
        command.env("XDG_STATE_HOME", self.state.path()).env("XDG_CONFIG_HOME", self.state.path().join("config"));
        command.env("WINDLASS_TRUST_PROJECT", "1").env_remove("WINDLASS_SETTINGS");
        command.env("XDG_CACHE_HOME", self.state.path().join("cache")).env_remove("RUST_LOG");
        command
    }

    /// windlass in a project, with nothing of a cluster or an engine.
    pub fn anywhere(&self, project: &Path) -> Command {
        self.windlass(project, "/proc/nowhere")
    }

    /// The cache directory that it uses.
    pub fn cache(&self) -> PathBuf {
        self.state.path().join("cache")
    }

    /// `windlass run` on the cluster.
    pub fn run(&self, project: &Path, output: &str) -> Command {
        self.on_cluster("run", project, output)
    }

    /// `windlass plan` of what [`World::run`] runs, as data.
    pub fn plan_of(&self, project: &Path) -> Command {
        self.on_cluster("plan", project, "json")
    }

    fn on_cluster(&self, what: &str, project: &Path, output: &str) -> Command {
        let mut command = self.windlass(project, &self.kubeconfig);
        command.args([what, "--on=kube", "--output", output, "--context", &self.context, "--namespace", &self.namespace]);
        command
    }

    /// `windlass plan` of an example that names a cloud cluster.
    pub fn plan(&self, project: &Path) -> Command {
        let mut command = self.windlass(project, &self.cloud_kubeconfig);
        command.arg("plan").arg(format!("--secret=REGISTRY_KEY=file:{}", self.key));
        command
    }

    /// The hand-written floor.
    pub fn floor(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.floor);
        command.env("KUBECONFIG", &self.kubeconfig).args([&self.namespace, &self.image]).args(arguments);
        command
    }

    /// kubectl in the namespace.
    pub fn kubectl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.kubectl);
        command.env("KUBECONFIG", &self.kubeconfig).arg("--namespace").arg(&self.namespace).args(arguments);
        command
    }

    /// A project with a task of these script steps, a git repository with one commit.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn project(&self, steps: &[(String, String)]) -> Result<TempDir> {
        let steps: String = steps.iter().map(|(name, script)| format!("  {name}_script: {script}\n")).collect();
        self.project_of(&format!("bench_task:\n  container:\n    image: {}\n{steps}", self.image))
    }

    /// A project with this task file, a git repository with one commit.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn project_of(&self, file: &str) -> Result<TempDir> {
        let directory = TempDir::new()?;
        std::fs::write(directory.path().join(".cirrus.yml"), file)?;
        commit(directory.path())?;
        Ok(directory)
    }
}

/// Makes a directory a git repository whose one commit holds the task file.
///
/// # Errors
/// When git fails.
pub fn commit(directory: &Path) -> Result<()> {
    let identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
    for arguments in
        [&["init", "--quiet", "--initial-branch=main"][..], &["add", ".cirrus.yml"], &["commit", "--quiet", "--message=Bench"]]
    {
        let status = Command::new("git").args(identity).args(arguments).current_dir(directory).status()?;
        ensure!(status.success(), "git {arguments:?}: {status}");
    }
    Ok(())
}
