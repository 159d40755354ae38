//! The three calls, in JSON.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::CALLS;
use super::uploads::Reserved;
use crate::Shared;
use crate::body::Body;
use crate::head::Head;
use crate::key;
use crate::refusal::Refusal;
use crate::reply::{Answer, Text};

/// The most bytes of a call.
const CALL: u64 = 64 << 10;

/// How many restore keys are tried.
const RESTORE_KEYS: usize = 32;

/// What every call has; some have more, which nobody needs here.
#[derive(Debug, Deserialize)]
struct Call {
    key: String,
    version: String,
    #[serde(default, alias = "sizeBytes", deserialize_with = "number")]
    size_bytes: Option<u64>,
    #[serde(default, alias = "restoreKeys")]
    restore_keys: Vec<String>,
}

/// A number, which JSON made of a protocol buffer writes as a text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(Some(number)),
        Either::Text(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// An error as Twirp has it: a status, its word, and a sentence. The clients find `already_exists` by the word.
struct Failure(u16, &'static str, String);

impl Failure {
    fn new(status: u16, code: &'static str, message: &str) -> Self {
        Self(status, code, message.to_owned())
    }

    fn of_store(error: &std::io::Error) -> Self {
        let why = match Refusal::of_store(error) {
            Refusal::Status(_, why) => why,
            Refusal::Gone => "",
        };
        Self::new(500, "internal", why)
    }
}

pub fn answer(shared: &Shared, head: &Head, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    let text = body.whole(CALL)?;
    let (status, value) = match called(shared, head, &text) {
        Ok(value) => (200, value),
        Err(Failure(status, code, message)) => (status, json!({"code": code, "msg": message})),
    };
    Ok(Text::new(status, "application/json", value.to_string()).into())
}

fn called(shared: &Shared, head: &Head, text: &[u8]) -> Result<Value, Failure> {
    let method = head.path.strip_prefix(CALLS).and_then(|path| path.strip_prefix("github.actions.results.api.v1.CacheService/"));
    let json = head.content_type.split(';').next().unwrap_or_default().trim();
    let (Some(method), "POST", true) = (method, head.method.as_str(), json.eq_ignore_ascii_case("application/json")) else {
        return Err(Failure::new(404, "bad_route", "only calls of the CacheService by POST and in JSON are answered"));
    };
    let call = |text| serde_json::from_slice::<Call>(text).map_err(|error| Failure(400, "malformed", error.to_string()));
    match method {
        "CreateCacheEntry" => create(shared, head, &call(text)?),
        "FinalizeCacheEntryUpload" => finalize(shared, &call(text)?),
        "GetCacheEntryDownloadURL" => find(shared, head, &call(text)?),
        _ => Err(Failure::new(404, "bad_route", "there is no such call")),
    }
}

fn entry(call: &Call, name: &str) -> Result<String, Failure> {
    key::of_entry(&call.version, name).ok_or_else(|| {
        Failure::new(400, "invalid_argument", "key and version are texts of 1 to 1024 bytes without control characters")
    })
}

fn create(shared: &Shared, head: &Head, call: &Call) -> Result<Value, Failure> {
    match shared.actions.uploads.reserve(entry(call, &call.key)?) {
        Ok(Reserved::Upload(path)) => Ok(json!({"ok": true, "signed_upload_url": url(shared, head, &path)})),
        Ok(Reserved::Exists) => Err(Failure::new(409, "already_exists", "an entry of this key and version is there")),
        Err(error) => Err(Failure::of_store(&error)),
    }
}

fn finalize(shared: &Shared, call: &Call) -> Result<Value, Failure> {
    let key = entry(call, &call.key)?;
    let size = call.size_bytes.ok_or_else(|| Failure::new(400, "invalid_argument", "size_bytes is missing"))?;
    match shared.actions.uploads.finish(shared, &key, size) {
        Ok(Some(number)) => Ok(json!({"ok": true, "entry_id": number.to_string()})),
        Ok(None) => Err(Failure::new(400, "failed_precondition", "no upload of this key, version and size is complete")),
        Err(error) => Err(Failure::of_store(&error)),
    }
}

/// The entry itself; else the newest whose key begins with the key, or with one of the restore keys, in their order.
fn find(shared: &Shared, head: &Head, call: &Call) -> Result<Value, Failure> {
    let restore = call.restore_keys.iter().filter(|name| **name != call.key).take(RESTORE_KEYS);
    for (name, prefix) in [(&call.key, false), (&call.key, true)].into_iter().chain(restore.map(|name| (name, true))) {
        let found = shared.blobs.lookup(&entry(call, name)?, prefix).map_err(|e| Failure::of_store(&e))?;
        if let Some((key, blob)) = found {
            let matched = key.strip_prefix(&key::of_version(&call.version)).unwrap_or(name);
            let path = shared.actions.download(blob);
            return Ok(json!({"ok": true, "signed_download_url": url(shared, head, &path), "matched_key": matched}));
        }
    }
    Ok(json!({"ok": false}))
}

/// A URL of this server, by the name under which the client has reached it.
fn url(shared: &Shared, head: &Head, path: &str) -> String {
    let host = head.host.clone().unwrap_or_else(|| format!("127.0.0.1:{}", shared.port));
    format!("http://{host}{path}")
}
