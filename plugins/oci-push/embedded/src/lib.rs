//! The program `windlass-oci`, for plugins that have images to send, to look up or to convert: it is part of the plugin's
//! component, is put into the step's private directory, where no other container writes, and runs in a container of the task, whatever that
//! container holds. It goes with the step.
//!
//! `plugins/build.sh` builds the program and says by `WINDLASS_HELPERS` where it is. Built for the machine at hand, where only
//! unit tests run, there is none inside.

mod report;

use windlass_plugin_sdk::containers::{self, Command, Container, Exit};
use windlass_plugin_sdk::images::PushedImage;
use windlass_plugin_sdk::registries::Registry;
use windlass_plugin_sdk::{Error, failed};

#[cfg(target_family = "wasm")]
const BYTES: &[u8] = include_bytes!(concat!(env!("WINDLASS_HELPERS"), "/oci-push"));
#[cfg(not(target_family = "wasm"))]
const BYTES: &[u8] = &[];

/// Of a command's output, this much is read: the end, where digests and errors stand.
const MAX_OUTPUT: usize = 64 * 1024;

/// The most that the list of pushed images may be.
const MAX_RESULT: u32 = 1 << 20;

/// The exit code for an image that is not there.
const NOT_FOUND: i32 = 3;

/// What a push sends.
#[derive(Debug, Default)]
pub struct Layout<'a> {
    /// The directory of the OCI layout.
    pub path: &'a str,
    /// The manifest in it, which must be there; the only one if not given.
    pub digest: Option<&'a str>,
    /// Repositories, `HOST/NAME`, whose blobs the registry may link instead of taking them again.
    pub mount_from: &'a [String],
    /// Blobs sent at a time; the program's own choice if not given.
    pub parallel: Option<u64>,
}

/// The program in a container.
pub struct Program<'a> {
    container: &'a Container,
    path: String,
    /// How registries are reached.
    registries: Vec<String>,
}

impl<'a> Program<'a> {
    /// Puts it into the step's private directory. `registries` are those of [`windlass_plugin_sdk::registries::known`]; none are needed
    /// to work on layouts. Power `containers`.
    ///
    /// # Errors
    /// When the container is not reached.
    pub fn place(container: &'a Container, registries: &[Registry]) -> Result<Self, Error> {
        // It is given credentials, so nobody else may put something in its place.
        let path = format!("{}/windlass-oci", containers::private_directory()?);
        container.write_file(&path, 0o700, BYTES.to_vec())?;
        Ok(Self { container, path, registries: options(registries) })
    }

    /// Sends a layout's image to references, and checks that the registries serve it. The user sees how far it is.
    ///
    /// # Errors
    /// When it does not arrive, with the program's own sentence.
    pub fn push(&self, layout: &Layout<'_>, references: &[String]) -> Result<Vec<PushedImage>, Error> {
        let result = format!("{}/pushed.json", containers::private_directory()?);
        let mut arguments = vec!["push".to_owned(), "--layout".into(), layout.path.into(), "--result".into(), result.clone()];
        arguments.extend(layout.digest.into_iter().flat_map(|digest| ["--select".into(), digest.to_owned()]));
        arguments.extend(layout.mount_from.iter().flat_map(|from| ["--mount-from".into(), from.clone()]));
        arguments.extend(layout.parallel.into_iter().flat_map(|parallel| ["--parallel".into(), parallel.to_string()]));
        arguments.extend(self.registries.iter().cloned());
        arguments.push("--".into());
        arguments.extend(references.iter().cloned());
        let (exit, output) = self.command(arguments).registry_credentials().output_shown(MAX_OUTPUT)?;
        check(&exit, &output, "the push")?;
        let bytes = self.container.read_file(&result, MAX_RESULT)?;
        bytes
            .and_then(|bytes| report::pushed(&bytes, references))
            .ok_or_else(|| failed(format!("windlass-oci reported success, but {result} does not say what it pushed")))
    }

    /// The digest that a registry serves for a reference; `None` when it serves none.
    ///
    /// # Errors
    /// When the registry does not answer, or does not let us ask.
    pub fn resolve(&self, reference: &str) -> Result<Option<String>, Error> {
        let mut arguments = vec!["resolve".to_owned()];
        arguments.extend(self.registries.iter().cloned());
        arguments.extend(["--".into(), reference.into()]);
        let (exit, output) = self.command(arguments).registry_credentials().output(MAX_OUTPUT)?;
        if exit.code == NOT_FOUND {
            return Ok(None);
        }
        check(&exit, &output, &format!("looking up {reference}"))?;
        report::digest(&output).map(Some).ok_or_else(|| failed(format!("looking up {reference} gave no digest")))
    }

    /// The digest of a layout's only manifest.
    ///
    /// # Errors
    /// When there is no layout with one image.
    pub fn digest(&self, layout: &str) -> Result<String, Error> {
        self.digest_of(&["digest", "--layout", layout], &format!("reading the layout {layout}"))
    }

    /// Makes a layout of an archive as `docker save` writes them, and returns the digest of its manifest.
    ///
    /// # Errors
    /// When the archive is broken, or the layout cannot be written.
    pub fn convert(&self, archive: &str, layout: &str) -> Result<String, Error> {
        self.digest_of(&["layout", "--docker-archive", archive, "--", layout], &format!("converting {archive}"))
    }

    fn digest_of(&self, arguments: &[&str], what: &str) -> Result<String, Error> {
        let (exit, output) = self.command(arguments.iter().map(|word| (*word).to_owned())).output(MAX_OUTPUT)?;
        check(&exit, &output, what)?;
        report::digest(&output).ok_or_else(|| failed(format!("{what} gave no digest")))
    }

    fn command(&self, arguments: impl IntoIterator<Item = String>) -> Command<'_> {
        self.container.command([self.path.clone()].into_iter().chain(arguments))
    }
}

/// The program's own sentence as the plugin's error.
fn check(exit: &Exit, output: &[u8], what: &str) -> Result<(), Error> {
    let failure = exit.check(what);
    match (failure, report::sentence(output)) {
        (Err(Error::Failed(mut failure)), Some(sentence)) => {
            failure.message = sentence;
            Err(Error::Failed(failure))
        }
        (other, _) => other,
    }
}

/// Options for the registries that need any.
fn options(registries: &[Registry]) -> Vec<String> {
    let mut options = Vec::new();
    for registry in registries {
        if registry.insecure {
            options.extend(["--insecure".to_owned(), registry.host.clone()]);
        }
        if let Some(certificate) = &registry.certificate {
            options.extend(["--certificate".to_owned(), format!("{}={certificate}", registry.host)]);
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_become_options() {
        let registry = |host: &str, insecure, certificate: Option<&str>| Registry {
            host: host.into(),
            insecure,
            certificate: certificate.map(str::to_owned),
            mirrors: vec!["mirror.io".into()],
            credentials: None,
        };
        let known = [registry("gcr.io", false, Some("/ca.crt")), registry("a:5000", true, None), registry("b", false, None)];
        assert_eq!(options(&known), ["--certificate", "gcr.io=/ca.crt", "--insecure", "a:5000"]);
    }
}
