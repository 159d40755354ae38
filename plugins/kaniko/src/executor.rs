//! What the executor in the container can do: v1.24.0 is the last of the original project, and its successors have learned more.

use windlass_plugin_sdk::containers::Container;
use windlass_plugin_sdk::{BuildRequest, Error, failed, unsupported};

use crate::EXECUTOR;

/// An executor, by the flags that its help lists.
pub(crate) struct Executor {
    help: String,
}

impl Executor {
    pub(crate) fn ask(container: &Container) -> Result<Self, Error> {
        let (exit, output) = container.command([EXECUTOR, "--help"]).output(256 * 1024)?;
        let help = String::from_utf8_lossy(&output).into_owned();
        if exit.success() {
            Ok(Self { help })
        } else {
            let first = help.lines().next().unwrap_or_default();
            Err(failed(format!("`{EXECUTOR} --help` exited with code {}: {first}", exit.code)))
        }
    }

    /// Whether it knows a flag.
    pub(crate) fn knows(&self, flag: &str) -> bool {
        self.help.split_whitespace().any(|word| word.trim_end_matches(',') == flag)
    }

    /// Refuses what this executor cannot do. What none can is refused when the run is planned.
    pub(crate) fn check(&self, request: &BuildRequest) -> Result<(), Error> {
        if !request.secrets.is_empty() && !self.knows("--secret") {
            return Err(unsupported(
                "secrets",
                "this executor has no --secret; use an image of osscontainertools/kaniko as `image`, or the plugin buildkit or buildah",
            ));
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn with_help(help: &str) -> Self {
        Self { help: help.to_owned() }
    }
}
