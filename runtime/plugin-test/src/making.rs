//! One run of a config plugin: tasks are made from a file. Of the scripted pod it reaches what needs no pod.

use std::sync::Arc;

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, SourceFile};
use windlass_model::plugin::Grants;
use windlass_plugin_host::Tried;

use crate::attempt::{self, How};
use crate::case::{Case, Source};
use crate::pod::{Interruption, Pod, is_inside};
use crate::subject::Subject;

/// A run that can begin.
pub(crate) struct Making<'a> {
    subject: &'a Subject,
    request: Value,
    file: SourceFile,
    grants: Grants,
    pub(crate) pod: Arc<Pod>,
}

impl<'a> Making<'a> {
    /// A run with what a case gives, and with this file, which is in the working copy, too.
    pub(crate) fn new(subject: &'a Subject, case: &Case, file: &Source, how: How) -> Self {
        let mut given = case.clone();
        if is_inside(&file.path) {
            given.workspace.entry(file.path.clone()).or_insert_with(|| file.text.0.clone());
        }
        Self {
            subject,
            request: case.with.clone(),
            file: SourceFile { path: file.path.clone(), text: file.text.0.clone() },
            grants: Grants { powers: attempt::powers(&subject.info, case, how.refused), ..Grants::default() },
            pod: Arc::new(Pod::new(&given, &[], how.manner, Interruption::at(how.at))),
        }
    }

    /// Makes the tasks.
    pub(crate) async fn tasks(&self) -> Result<String, PluginError> {
        let (backend, tried) = (Arc::clone(&self.pod) as Arc<_>, Tried::default());
        self.subject.host.generate_watched(&self.subject.info, &self.request, &self.file, &self.grants, backend, &tried).await
    }
}
