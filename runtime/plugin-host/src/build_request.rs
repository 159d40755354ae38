//! The requests that all build plugins and all push plugins share: their schema, and from JSON to the records of WIT.

use serde_json::{Map, Value, json};
use windlass_model::plugin::{BuildHints, PluginKind};
use windlass_model::quantity::{MebiBytes, MilliCpu};

use crate::bindings::build::exports::windlass::plugin::build_plugin::{BuildRequest, BuildSecret, Cache};
use crate::bindings::powers::windlass::plugin::types::Resources;
use crate::bindings::push::exports::windlass::plugin::push_plugin::PushRequest;
use crate::schema::Refusal;
use crate::words;

/// What a builder's container gets when the request does not say.
const DEFAULT_CPU: MilliCpu = MilliCpu(1000);
const DEFAULT_MEMORY: MebiBytes = MebiBytes(2048);

/// The schema of a plugin's whole request: what its kind shares, then what its manifest adds. The error is a field that both have: in the
/// plugin's form of it, what the user gives would not be taken where windlass looks for it.
pub(crate) fn whole_schema(kind: PluginKind, own: &Value, honours: &[String]) -> Result<Value, String> {
    let mut whole = match kind {
        PluginKind::Login | PluginKind::Step | PluginKind::Config => return Ok(own.clone()),
        PluginKind::Build => shared_by_builders(honours.iter().any(|field| field == "git_context")),
        PluginKind::Push => shared_by_pushers(),
    };
    let added = own.get("properties").and_then(Value::as_object);
    if let (Some(added), Some(properties)) = (added, whole.get_mut("properties").and_then(Value::as_object_mut)) {
        for (name, schema) in added {
            if properties.insert(name.clone(), schema.clone()).is_some() {
                return Err(format!(
                    "request: `{}` is a field that all {kind} plugins share, so it cannot be another",
                    words::name(name)
                ));
            }
        }
    }
    let required = own.get("required").and_then(Value::as_array);
    if let (Some(more), Some(required)) = (required, whole.get_mut("required").and_then(Value::as_array_mut)) {
        required.extend(more.iter().cloned());
    }
    Ok(whole)
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn texts(description: &str) -> Value {
    json!({"type": "array", "items": {"type": "string"}, "description": description})
}

fn map(description: &str) -> Value {
    json!({"type": "object", "additionalProperties": {"type": "string"}, "description": description})
}

fn shared_by_builders(git_context: bool) -> Value {
    let git = if git_context { ", or the URL of a git repository" } else { "" };
    json!({
        "type": "object",
        "properties": {
            "context": text(&format!("Directory of the build context, relative to the working directory{git}; the working directory if not given.")),
            "dockerfile": text("Path of the Dockerfile, relative to the context."),
            "target": text("Stage to build; the last one if not given."),
            "tags": texts("References of the image."),
            "build_args": map("Values for ARG instructions."),
            "labels": map("Labels of the image."),
            "no_cache": {"type": "boolean", "description": "Use no cached layer."},
            "secrets": map("Secrets that the build may read as files: id in the Dockerfile, name of the secret variable."),
            "platforms": texts("Platforms, such as linux/amd64; the node's if not given."),
            "cache": {
                "type": "object",
                "description": "Where cached layers come from and go to.",
                "properties": {
                    "to": text("Reference to write the cache to."),
                    "from": texts("References to read the cache from."),
                    "mode": {"type": "string", "enum": ["min", "max"], "description": "Cache the layers of the image, or those of all stages."},
                },
                "required": [],
                "additionalProperties": false,
            },
            "source_date_epoch": {"type": "integer", "minimum": 0, "description": "Seconds since 1970 for every timestamp in the image."},
            "flags": texts("Flags for the builder's own command line."),
            "image": text("Image of the builder's container; the plugin's choice, or that of windlass.yaml, if not given."),
            "cpu": text("Processors for the builder's container, such as 2 or 0.5; 1 if not given."),
            "memory": text("Memory for the builder's container, such as 3500Mb or 4G; 2G if not given."),
        },
        "required": ["tags"],
        "additionalProperties": false,
    })
}

fn shared_by_pushers() -> Value {
    json!({
        "type": "object",
        "properties": {
            "tags": texts("References to push under; those that the image was built with if not given."),
        },
        "required": [],
        "additionalProperties": false,
    })
}

/// Takes a checked request apart: what builders share, and the rest.
///
/// # Errors
/// When an amount is not one.
pub(crate) fn build_request(request: Value, hints: &BuildHints) -> Result<BuildRequest, Refusal> {
    let mut fields = Fields(request);
    let mut cache = Fields(fields.take("cache"));
    let cpu = fields.amount("cpu", MilliCpu::parse)?.unwrap_or(DEFAULT_CPU);
    let memory = fields.amount("memory", MebiBytes::parse)?.unwrap_or(DEFAULT_MEMORY);
    Ok(BuildRequest {
        context: fields.text("context").unwrap_or_else(|| ".".to_owned()),
        dockerfile: fields.text("dockerfile"),
        target: fields.text("target"),
        tags: fields.texts("tags"),
        build_args: fields.map("build_args"),
        labels: fields.map("labels"),
        secrets: fields.map("secrets").into_iter().map(|(id, secret)| BuildSecret { id, secret }).collect(),
        platforms: fields.texts("platforms"),
        cache: Cache { to: cache.text("to"), from: cache.texts("from"), mode: cache.text("mode") },
        source_date_epoch: fields.take("source_date_epoch").as_u64(),
        extra_flags: fields.texts("flags"),
        no_cache: fields.take("no_cache").as_bool().unwrap_or_default(),
        image: fields.text("image"),
        resources: Resources { milli_cpu: cpu.0, memory_mib: u32::try_from(memory.0).unwrap_or(u32::MAX) },
        dockerfile_text: hints.dockerfile.clone(),
        push: hints.push,
        extra: fields.rest(),
    })
}

/// The amounts of a checked request that are none: all of them, where [`build_request`] stops at the first.
pub(crate) fn wrong_amounts(request: &Value) -> Vec<Refusal> {
    let wrong = |key: &str, parse: &dyn Fn(&str) -> Option<String>| {
        let reason = parse(request.get(key)?.as_str()?)?;
        Some(Refusal { field: key.to_owned(), reason })
    };
    let cpu = wrong("cpu", &|text| MilliCpu::parse(text).err());
    cpu.into_iter().chain(wrong("memory", &|text| MebiBytes::parse(text).err())).collect()
}

/// Takes a checked request apart: what pushers share, and the rest.
pub(crate) fn push_request(request: Value) -> PushRequest {
    let mut fields = Fields(request);
    PushRequest { tags: fields.texts("tags"), extra: fields.rest() }
}

/// A checked request, its keys taken out one by one.
struct Fields(Value);

impl Fields {
    fn take(&mut self, key: &str) -> Value {
        self.0.as_object_mut().and_then(|map| map.shift_remove(key)).unwrap_or_default()
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.take(key).as_str().map(str::to_owned)
    }

    fn amount<T>(&mut self, key: &str, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, Refusal> {
        let text = self.text(key);
        text.map(|text| parse(&text).map_err(|reason| Refusal { field: key.to_owned(), reason })).transpose()
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        let items = self.take(key);
        items.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn map(&mut self, key: &str) -> Vec<(String, String)> {
        let map = self.take(key);
        let pairs = map.as_object().into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    fn rest(self) -> String {
        match self.0 {
            Value::Object(map) => Value::Object(map),
            _ => Value::Object(Map::new()),
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn checked(own: &Value, request: &Value) -> BuildRequest {
        let whole = whole_schema(PluginKind::Build, own, &[]).unwrap_or_else(|e| panic!("{e}"));
        let schema = Schema::read(&whole).unwrap_or_else(|e| panic!("{e}"));
        let fitted = schema.check(request);
        assert_eq!(fitted.refused, []);
        build_request(fitted.request, &BuildHints::default()).unwrap_or_else(|e| panic!("{e:?}"))
    }

    #[test]
    fn what_the_plugin_adds_arrives_beside_what_all_builders_share() {
        let own = json!({
            "type": "object", "properties": {"buildx": {"type": "boolean"}}, "required": [], "additionalProperties": false,
        });
        let request = checked(
            &own,
            &json!({"tags": "corp/app:1", "build_args": {"B": 2, "A": "x"}, "cache": {"from": "corp/app"}, "buildx": "true"}),
        );
        assert_eq!((request.context.as_str(), request.tags.as_slice()), (".", ["corp/app:1".to_owned()].as_slice()));
        // The order of build arguments is the author's.
        assert_eq!(request.build_args, [("B".to_owned(), "2".to_owned()), ("A".to_owned(), "x".to_owned())]);
        assert_eq!(request.cache.from, ["corp/app"]);
        assert_eq!(request.extra, r#"{"buildx":true}"#);
        assert_eq!((request.resources.milli_cpu, request.resources.memory_mib), (1000, 2048));
    }

    /// `tags` of another form was taken, and then none of them was there.
    #[test]
    fn what_all_builders_share_is_not_the_plugin_s_to_change() {
        for (kind, field) in [(PluginKind::Build, "tags"), (PluginKind::Build, "secrets"), (PluginKind::Push, "tags")] {
            let own = json!({"type": "object", "properties": {field: {"type": "object"}}});
            let refused = whole_schema(kind, &own, &[]).err().unwrap_or_default();
            assert!(refused.contains(&format!("`{field}` is a field that all {kind} plugins share")), "{refused}");
        }
    }

    #[test]
    fn amounts_are_read_as_the_task_file_s_are() {
        let request = json!({"cpu": "0.5", "memory": "3500Mb"});
        let read = build_request(request, &BuildHints::default()).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!((read.resources.milli_cpu, read.resources.memory_mib), (500, 3500));
        let refused = build_request(json!({"memory": "lots"}), &BuildHints::default());
        assert!(matches!(&refused, Err(e) if e.field == "memory"), "{refused:?}");
        let wrong = wrong_amounts(&json!({"cpu": "all", "memory": "lots", "tags": ["a"]}));
        assert_eq!(wrong.iter().map(|refusal| refusal.field.as_str()).collect::<Vec<_>>(), ["cpu", "memory"]);
    }
}
