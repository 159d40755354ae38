//! What a registry keeps, and how it answers when it does what it should.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use windlass_model::digest::Digest;

use crate::server::{Act, Reply, Seen};

/// The digest of bytes.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_sha256(Sha256::digest(bytes).into())
}

/// The content of a registry. Clones share it.
#[derive(Clone, Default)]
pub struct Store(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    /// By `REPOSITORY/blobs/DIGEST`.
    blobs: BTreeMap<String, Vec<u8>>,
    /// By `REPOSITORY/manifests/REFERENCE`.
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    /// By `REPOSITORY/blobs/uploads/NUMBER`: what has come.
    uploads: BTreeMap<String, Vec<u8>>,
}

/// The media type of the manifests in a store.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

impl Store {
    pub fn blob(&self, repository: &str, bytes: &[u8]) -> Digest {
        let digest = digest(bytes);
        self.0.lock().unwrap().blobs.insert(format!("{repository}/blobs/{digest}"), bytes.to_vec());
        digest
    }

    /// Puts a manifest under a tag and its digest.
    pub fn manifest(&self, repository: &str, tag: &str, bytes: &[u8]) -> Digest {
        let digest = digest(bytes);
        let mut content = self.0.lock().unwrap();
        for name in [tag, digest.as_str()] {
            content.manifests.insert(format!("{repository}/manifests/{name}"), (MANIFEST.to_owned(), bytes.to_vec()));
        }
        digest
    }

    /// The bytes of a blob or manifest that is there.
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        let content = self.0.lock().unwrap();
        content.blobs.get(path).or_else(|| content.manifests.get(path).map(|(_, bytes)| bytes)).cloned()
    }

    /// As a registry without an API for referrers.
    pub fn answer(&self, seen: &Seen) -> Act {
        let path = seen.path().trim_start_matches("/v2/").to_owned();
        let mut content = self.0.lock().unwrap();
        let reply = match seen.method.as_str() {
            _ if path.is_empty() => Reply::new(200),
            "GET" | "HEAD" if path.contains("/manifests/") => match content.manifests.get(&path) {
                Some((kind, bytes)) => Reply::new(200)
                    .with("content-type", kind)
                    .with("docker-content-digest", digest(bytes).as_str())
                    .body(bytes.clone()),
                None => unknown("MANIFEST_UNKNOWN"),
            },
            "GET" | "HEAD" if path.contains("/blobs/") => match content.blobs.get(&path) {
                Some(bytes) => part(bytes, seen.header("range")),
                None => unknown("BLOB_UNKNOWN"),
            },
            "GET" if path.ends_with("/tags/list") => content.tags(path.trim_end_matches("/tags/list")),
            "POST" if path.ends_with("/blobs/uploads/") => content.begin(seen, path.trim_end_matches("/blobs/uploads/")),
            "PATCH" if path.contains("/uploads/") => content.more(seen, &path),
            "PUT" if path.contains("/uploads/") => content.end(seen, &path),
            "PUT" if path.contains("/manifests/") => {
                let kind = seen.header("content-type").to_owned();
                let (repository, _) = path.split_once("/manifests/").unwrap_or_default();
                let by_digest = format!("{repository}/manifests/{}", digest(&seen.body));
                for name in [path.clone(), by_digest] {
                    content.manifests.insert(name, (kind.clone(), seen.body.clone()));
                }
                Reply::new(201).with("location", format!("/v2/{path}")).with("docker-content-digest", digest(&seen.body).as_str())
            }
            "DELETE" if path.contains("/manifests/sha256:") => content.delete(&path),
            _ => unknown("UNSUPPORTED"),
        };
        reply.act()
    }
}

impl Content {
    fn tags(&self, repository: &str) -> Reply {
        let prefix = format!("{repository}/manifests/");
        let names = self.manifests.keys().filter_map(|path| path.strip_prefix(&prefix)).filter(|name| !name.contains(':'));
        let tags: Vec<&str> = names.collect();
        Reply::new(200).body(serde_json::json!({"name": repository, "tags": tags}).to_string())
    }

    /// With a manifest go all tags that name it.
    fn delete(&mut self, path: &str) -> Reply {
        let Some((repository, due)) = path.split_once("/manifests/") else { return unknown("NAME_UNKNOWN") };
        let prefix = format!("{repository}/manifests/");
        let before = self.manifests.len();
        self.manifests.retain(|path, (_, bytes)| !path.starts_with(&prefix) || digest(bytes).as_str() != due);
        if self.manifests.len() < before { Reply::new(202) } else { unknown("MANIFEST_UNKNOWN") }
    }

    fn begin(&mut self, seen: &Seen, repository: &str) -> Reply {
        if let (Some(wanted), Some(from)) = (parameter(seen, "mount"), parameter(seen, "from"))
            && let Some(bytes) = self.blobs.get(&format!("{from}/blobs/{wanted}")).cloned()
        {
            self.blobs.insert(format!("{repository}/blobs/{wanted}"), bytes);
            return Reply::new(201).with("location", format!("/v2/{repository}/blobs/{wanted}"));
        }
        let path = format!("{repository}/blobs/uploads/{}", self.uploads.len() + 1);
        self.uploads.insert(path.clone(), Vec::new());
        Reply::new(202).with("location", format!("/v2/{path}?state=a%2Fb"))
    }

    fn more(&mut self, seen: &Seen, path: &str) -> Reply {
        self.uploads.entry(path.to_owned()).or_default().extend(&seen.body);
        Reply::new(202).with("location", format!("/v2/{path}?state=a%2Fb"))
    }

    fn end(&mut self, seen: &Seen, path: &str) -> Reply {
        let wanted = parameter(seen, "digest").unwrap_or_default();
        let whole = [&self.uploads.get(path).cloned().unwrap_or_default()[..], &seen.body].concat();
        if digest(&whole).as_str() != wanted || parameter(seen, "state").as_deref() != Some("a/b") {
            return Reply::new(400).body(r#"{"errors":[{"code":"DIGEST_INVALID","message":"other bytes"}]}"#);
        }
        let (repository, _) = path.split_once("/blobs/").unwrap_or_default();
        self.blobs.insert(format!("{repository}/blobs/{wanted}"), whole);
        Reply::new(201).with("location", format!("/v2/{repository}/blobs/{wanted}"))
    }
}

/// Bytes, or the part of them that a `Range` header asks for.
pub fn part(bytes: &[u8], range: &str) -> Reply {
    let start: Option<usize> = range.strip_prefix("bytes=").and_then(|range| range.trim_end_matches('-').parse().ok());
    match start {
        Some(start) if start < bytes.len() => Reply::new(206)
            .with("content-range", format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len()))
            .body(&bytes[start..]),
        Some(_) => Reply::new(416),
        None => Reply::new(200).body(bytes),
    }
}

fn unknown(code: &str) -> Reply {
    Reply::new(404)
        .with("content-type", "application/json")
        .body(format!(r#"{{"errors":[{{"code":"{code}","message":"unknown"}}]}}"#))
}

pub fn parameter(seen: &Seen, name: &str) -> Option<String> {
    let (_, query) = seen.target.split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes()).find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}
