//! Manifests: what a tag points at.

use ureq::http::Method;

use super::Session;
use crate::digest::Digest;
use crate::document::MANIFEST_TYPES;
use crate::error::Error;
use crate::http::Response;
use crate::reference::Target;
use crate::tree::Document;

impl Session<'_> {
    /// The digest that a tag points at, or that there is such a digest; `None` when there is none.
    pub(crate) fn resolve(&self, target: &Target) -> Result<Option<Digest>, Error> {
        let response = self.read(&Method::HEAD, target)?;
        match response.status.as_u16() {
            200 => {}
            404 => return Ok(None),
            // Not every registry answers HEAD; a GET gives the reason in words as well.
            _ => return self.digest_of_bytes(target),
        }
        match served_digest(&response) {
            Some(digest) => Ok(Some(digest)),
            None => self.digest_of_bytes(target),
        }
    }

    /// Sends a manifest under a tag or its own digest, byte by byte, and checks that the registry serves it.
    pub(crate) fn put_manifest(&self, document: &Document, target: &Target) -> Result<(), Error> {
        let url = self.url(&self.repository.name, &format!("manifests/{target}"));
        let headers = [("content-type", document.media_type.clone())];
        let response = self.call(&Method::PUT, &url, &headers, Some(&document.bytes))?;
        if !response.status.is_success() {
            return Err(self.refusal(&response, "take the manifest for"));
        }
        let host = &self.repository.host;
        match self.resolve(target)? {
            Some(served) if served == document.digest => Ok(()),
            Some(served) => Err(Error::Registry(format!(
                "{host} serves {served} for {}:{target} after {} was sent; something else pushes the same tag, or the registry \
                 rewrites manifests",
                self.repository, document.digest
            ))),
            None => Err(Error::Registry(format!(
                "{host} took the manifest of {}:{target} and does not serve it; push again",
                self.repository
            ))),
        }
    }

    fn read(&self, method: &Method, target: &Target) -> Result<Response, Error> {
        let url = self.url(&self.repository.name, &format!("manifests/{target}"));
        self.call(method, &url, &[("accept", MANIFEST_TYPES.join(", "))], None)
    }

    fn digest_of_bytes(&self, target: &Target) -> Result<Option<Digest>, Error> {
        let response = self.read(&Method::GET, target)?;
        match response.status.as_u16() {
            200 => Ok(Some(Digest::of(&response.body))),
            404 => Ok(None),
            _ => Err(self.refusal(&response, "read")),
        }
    }
}

fn served_digest(response: &Response) -> Option<Digest> {
    response.header("docker-content-digest")?.parse().ok()
}
