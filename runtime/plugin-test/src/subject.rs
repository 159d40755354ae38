//! The plugin under test, loaded once into the host that runs it for users, too.

use std::path::PathBuf;
use std::time::Duration;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::{Limits, Settings, StartError, Tell, WasmHost};

/// How long a call may compute. Nothing of a scripted pod takes time.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a plugin may take to return once it is to stop, before it is ended.
pub(crate) const GRACE: Duration = Duration::from_secs(3);

/// A plugin that can be tested.
#[derive(Debug)]
pub struct Subject {
    pub(crate) host: WasmHost,
    pub(crate) info: PluginInfo,
}

/// Why there is nothing to test.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// WebAssembly does not run here.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It is no plugin.
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

impl Subject {
    /// Loads a component. `cache` is where compiled code is kept, if anywhere.
    ///
    /// # Errors
    /// When it is no plugin for this windlass.
    pub async fn load(component: Vec<u8>, file: &str, cache: Option<PathBuf>) -> Result<Self, SubjectError> {
        Self::load_telling(component, file, cache, None).await
    }

    /// The same; `tell` is told of a component that takes long to compile.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn load_telling(
        component: Vec<u8>,
        file: &str,
        cache: Option<PathBuf>,
        tell: Option<Tell>,
    ) -> Result<Self, SubjectError> {
        let wall = PATIENCE * 3;
        let limits =
            Limits { compute: PATIENCE, wall, requirements_wall: wall, generate_wall: wall, grace: GRACE, ..Limits::default() };
        let host = WasmHost::new(Settings { built_in: &[], cache, limits })?;
        let host = if let Some(tell) = tell { host.telling(tell) } else { host };
        let info = host.load(&PluginReference::File(file.to_owned()), component).await?;
        Ok(Self { host, info })
    }

    /// What is known of it.
    pub fn info(&self) -> &PluginInfo {
        &self.info
    }
}
