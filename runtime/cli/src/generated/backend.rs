//! What a plugin reaches that makes tasks: the project on this machine, and hosts. There is no pod yet, and there are no secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use windlass_engine::ports::http::{Http as _, HttpError, Part, Piece, Request, Response};
use windlass_engine::ports::plugin::ProjectBackend;
use windlass_http::Client;
use windlass_model::event::Level;
use windlass_model::plugin::PluginInfo;
use windlass_model::variable::is_sensitive;
use windlass_working_copy::SecretFiles;

use crate::http;
use crate::output;
use crate::project::Opened;
use crate::trust::Trust;

/// Whether what plugins say is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// All but what is for who looks closely.
    All,
    /// Nothing.
    Nothing,
}

/// What one of them reaches.
pub(super) struct Backend {
    variables: BTreeMap<String, String>,
    http: Client,
    workspace: PathBuf,
    secret_files: SecretFiles,
    /// Who is heard.
    name: String,
    telling: Telling,
}

impl Backend {
    pub(super) fn new(opened: &Opened, trust: &Trust, plugin: &PluginInfo, telling: Telling) -> Self {
        let context = opened.context();
        // Those that count more come later.
        let all = context.defaults.into_iter().chain(context.built_in).chain(context.overrides);
        Self {
            variables: all.filter(|(name, _)| !is_sensitive(name)).collect(),
            http: http::client(&opened.voices, trust),
            workspace: opened.directory.clone(),
            secret_files: opened.secret_files.clone(),
            name: plugin.reference.to_string(),
            telling,
        }
    }
}

#[async_trait]
impl ProjectBackend for Backend {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    async fn http(&self, request: Request) -> Result<Response, HttpError> {
        let Request { method, address, headers, body, timeout, max_response, hosts } = request;
        let headers = headers.into_iter().map(|(name, parts)| Ok((name, piece(parts)?))).collect::<Result<_, HttpError>>()?;
        self.http.send(Request { method, address, headers, body: piece(body)?, timeout, max_response, hosts }).await
    }

    fn workspace(&self) -> &Path {
        &self.workspace
    }

    fn secret_files(&self) -> &SecretFiles {
        &self.secret_files
    }

    async fn log(&self, level: Level, message: &str) {
        let word = match level {
            Level::Debug => {
                tracing::debug!(plugin = self.name, "{}", windlass_model::text::one_line(&output::redactor().text(message)));
                return;
            }
            Level::Info => "note",
            Level::Warning | Level::Error => "warning",
        };
        if self.telling == Telling::All {
            output::line(&format!("{word}: {}: {message}", self.name));
        }
    }

    /// Whoever ends windlass ends it.
    async fn cancelled(&self) {
        std::future::pending::<()>().await;
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What goes out for some parts. There is no secret that one could name.
fn piece(parts: Vec<Part>) -> Result<Piece, HttpError> {
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => bytes.extend(text.into_bytes()),
            Part::Bytes(more) => bytes.extend(more),
            Part::Secret(name) | Part::JsonString(name) | Part::PercentEncoded(name) | Part::Basic(_, name) => {
                return Err(HttpError::Failed(format!("a plugin that makes tasks has no secret {name}")));
            }
        }
    }
    Ok(Piece { bytes, secret: false })
}
