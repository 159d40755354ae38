//! Images that the engine builds itself, from a directory of the working copy.

use std::collections::HashMap;
use std::path::Path;

use bollard::body_try_stream;
use bollard::query_parameters::BuildImageOptionsBuilder;
use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::io::{ReaderStream, SyncIoBridge};
use windlass_engine::ports::driver::{DriverError, ImageBuildError};
use windlass_files::{TEXT, Tree};
use windlass_model::plan::ImageBuild;
use windlass_model::task::BuiltImage;
use windlass_working_copy::{ContextFiles, PackError, Upload};

use super::engine_reference;
use crate::engine::Engine;
use crate::error::{chain, message};

/// Bytes of the context that wait between packing and sending.
const BUFFER: usize = 1 << 20;

impl Engine {
    /// Builds an image unless it is there.
    pub(crate) async fn build(
        &self,
        build: &ImageBuild,
        workspace: &Upload,
        tell: mpsc::UnboundedSender<String>,
    ) -> Result<(), ImageBuildError> {
        let other = |message: String| DriverError::Other { target: self.describe().to_string(), message };
        if self.inspect_image(&build.image).await.map_err(|error| other(chain(&error)))?.is_some() {
            let _ = tell.send(format!("image {} already exists", build.image));
            return Ok(());
        }
        let _ = tell.send(format!("building image {} of {}", build.image, build.from.dockerfile));
        let (writer, reader) = tokio::io::duplex(BUFFER);
        let (workspace, from) = (workspace.clone(), build.from.clone());
        let bridge = SyncIoBridge::new(writer);
        let packing = tokio::task::spawn_blocking(move || pack(&workspace, &from, bridge));
        let built = self.send(build, ReaderStream::new(reader), &tell).await;
        // Its error is the cause of what the engine says of half an archive. An engine that refused reads no further, which is none.
        match packing.await {
            Ok(Err(error)) if !matches!(error, PackError::Write(_)) => return Err(other(chain(&error)).into()),
            Ok(_) => {}
            Err(error) => return Err(other(error.to_string()).into()),
        }
        built
    }

    async fn send(
        &self,
        build: &ImageBuild,
        context: ReaderStream<tokio::io::DuplexStream>,
        tell: &mpsc::UnboundedSender<String>,
    ) -> Result<(), ImageBuildError> {
        let BuiltImage { dockerfile, arguments, .. } = &build.from;
        let arguments: HashMap<String, String> = arguments.clone().into_iter().collect();
        let options = BuildImageOptionsBuilder::default()
            .dockerfile(dockerfile)
            .t(&engine_reference(&build.image))
            .buildargs(&arguments)
            .platform(&format!("linux/{}", build.architecture.as_str()))
            .rm(true)
            .forcerm(true)
            .build();
        let failed = |message: String| {
            let message = message.trim().to_owned();
            ImageBuildError::Failed { image: build.image.to_string(), exit_code: exit_code(&message), message }
        };
        let mut steps = self.docker.build_image(options, None, Some(body_try_stream(context)));
        while let Some(step) = steps.next().await {
            let step = match step {
                Ok(step) => step,
                Err(error @ bollard::errors::Error::DockerStreamError { .. }) => return Err(failed(message(&error))),
                Err(error) if crate::error::status(&error).is_some() => return Err(failed(message(&error))),
                Err(error) => return Err(self.error(&error).into()),
            };
            if let Some(message) = step.error_detail.and_then(|error| error.message) {
                return Err(failed(message));
            }
            for line in step.stream.iter().flat_map(|text| text.lines()).map(str::trim_end).filter(|line| !line.is_empty()) {
                let _ = tell.send(line.to_owned());
            }
        }
        Ok(())
    }
}

/// Packs the context as `docker build` does.
fn pack(upload: &Upload, from: &BuiltImage, out: impl std::io::Write) -> Result<(), PackError> {
    let Upload { root: workspace, secret_files, .. } = upload;
    let BuiltImage { context, dockerfile, .. } = from;
    let read = |name: &str| -> Result<Option<String>, PackError> {
        let path = Path::new(context).join(name);
        let cause = |source: std::io::Error| PackError::Read { path: workspace.join(&path), source };
        match Tree::open(workspace).map_err(cause)?.read(&path, TEXT) {
            Ok(text) => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(cause(error.into())),
        }
    };
    let ignored = match read(&format!("{dockerfile}.dockerignore"))? {
        Some(own) => own,
        None => read(".dockerignore")?.unwrap_or_default(),
    };
    ContextFiles::new(workspace, secret_files, context, &ignored).archive(dockerfile, out)
}

/// The exit code of a failed `RUN`, as Docker (`returned a non-zero code: 7`) and Podman (`exit status 7`) tell it.
fn exit_code(message: &str) -> Option<i32> {
    let after = |words: &str| message.rsplit_once(words).map(|(_, rest)| rest);
    let rest = after("non-zero code: ").or_else(|| after("exit status "))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_failed_command_is_found_in_the_words_of_either_engine() {
        for (message, code) in [
            ("The command '/bin/sh -c exit 7' returned a non-zero code: 7", Some(7)),
            ("building at STEP \"RUN echo before; exit 7\": while running runtime: exit status 7", Some(7)),
            ("COPY failed: no such file", None),
        ] {
            assert_eq!(exit_code(message), code, "{message}");
        }
    }
}
