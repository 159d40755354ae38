//! A step that fails when a Dockerfile starts from an image that can change under its name.

mod dockerfile;

use windlass_plugin_sdk::{Error, Step, failed, log, plugin, request, workspace};

request! {
    /// Which Dockerfiles to look at.
    pub struct Request {
        /// Their paths in the working copy; `Dockerfile` if none are given.
        dockerfiles: Vec<String>,
        /// Images that need no digest, such as those of your own registry: `corp.example/` covers all that begin so.
        allow: Vec<String>,
    }
}

/// A Dockerfile larger than this is none.
const MAX_BYTES: u32 = 1024 * 1024;

struct PinnedImages;

impl Step for PinnedImages {
    type Request = Request;

    fn run(request: Request) -> Result<(), Error> {
        let files = if request.dockerfiles.is_empty() { vec!["Dockerfile".to_owned()] } else { request.dockerfiles };
        let mut loose = Vec::new();
        for file in &files {
            for found in dockerfile::loose_images(&workspace::read_text(file, MAX_BYTES)?) {
                if !request.allow.iter().any(|prefix| found.image.starts_with(prefix)) {
                    loose.push(format!("{file}:{}: {} has no digest", found.line, found.image));
                }
            }
        }
        loose.iter().for_each(log::error);
        match loose.len() {
            0 => {
                log::info(format!("every base image in {} is pinned", files.join(", ")));
                Ok(())
            }
            count => Err(failed(format!("{count} of the base images can change: pin them as IMAGE@sha256:…"))),
        }
    }
}

plugin! {
    step PinnedImages,
    name: "pinned-images",
    description: "Fails when a Dockerfile starts from an image that is not pinned by digest.",
    powers: { "workspace-read": "reads the Dockerfiles" },
}
