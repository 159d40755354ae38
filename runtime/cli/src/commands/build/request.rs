//! What stands under `with` of the build step. Pure, but for the variables that `--build-arg NAME` takes over.

use std::path::Path;

use serde_json::{Map, Value, json};
use windlass_model::image::ImageReference;

use super::cache::Layers;
use super::paths;
use super::secrets::Secrets;
use crate::args::BuildArgs;
use crate::environment::{Environment, ProcessEnvironment};
use crate::failure::Failure;

/// The request, as somebody would write it into a task file.
///
/// # Errors
/// When an option cannot be taken.
pub(super) fn of(args: &BuildArgs, tags: &[ImageReference], secrets: &Secrets) -> Result<Map<String, Value>, Failure> {
    let here = std::env::current_dir().map_err(|source| Failure::Unreadable { path: ".".into(), source, help: Vec::new() })?;
    with(args, tags, secrets, &here, &ProcessEnvironment)
}

fn with(
    args: &BuildArgs,
    tags: &[ImageReference],
    secrets: &Secrets,
    here: &Path,
    environment: &impl Environment,
) -> Result<Map<String, Value>, Failure> {
    let given = args.build_context.as_str();
    let context = if paths::is_remote(given) { given.to_owned() } else { paths::context(given, here)? };
    let mut with = Map::new();
    let mut set = |key: &str, value: Value| with.insert(key.to_owned(), value);
    if let Some(file) = &args.file {
        set("dockerfile", literal(&paths::dockerfile(file, &context, here)?));
    }
    set("context", literal(&context));
    set("tags", tags.iter().map(|tag| literal(&tag.to_string())).collect());
    let build_args = build_args(&args.build_args, environment)?;
    if let Some(epoch) = build_args.get("SOURCE_DATE_EPOCH") {
        set("source_date_epoch", epoch.clone());
    }
    let others: Map<String, Value> = build_args.into_iter().filter(|(name, _)| name != "SOURCE_DATE_EPOCH").collect();
    for (key, map) in [("build_args", others), ("labels", labels(&args.labels)?), ("secrets", secrets.with())] {
        if !map.is_empty() {
            set(key, Value::Object(map));
        }
    }
    if let Some(target) = &args.target {
        set("target", literal(target));
    }
    if !args.platforms.is_empty() {
        set("platforms", args.platforms.iter().map(|platform| literal(platform)).collect());
    }
    if args.no_cache {
        set("no_cache", json!(true));
    }
    if let Some(cache) = cache(args)? {
        set("cache", cache);
    }
    Ok(with)
}

/// Text that is to stay as it is: a `$` in a task file would begin a variable.
fn literal(text: &str) -> Value {
    Value::from(text.replace('$', "$$"))
}

fn build_args(options: &[String], environment: &impl Environment) -> Result<Map<String, Value>, Failure> {
    let mut all = Map::new();
    for option in options {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            // As docker does: a variable that is not set is no argument.
            None => (option.as_str(), environment.get(option).map(|value| value.to_string_lossy().into_owned())),
        };
        if name.is_empty() {
            return Err(Failure::usage("--build-arg has no name", "write --build-arg NAME=VALUE"));
        }
        if let Some(value) = value {
            all.insert(name.to_owned(), literal(&value));
        }
    }
    Ok(all)
}

fn labels(options: &[String]) -> Result<Map<String, Value>, Failure> {
    let label = |option: &String| match option.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), literal(value))),
        _ => Err(Failure::usage(format!("--label `{option}` is not of the form NAME=VALUE"), "write --label NAME=VALUE")),
    };
    options.iter().map(label).collect()
}

fn cache(args: &BuildArgs) -> Result<Option<Value>, Failure> {
    let from: Vec<Layers> = args.cache_from.iter().map(|text| Layers::read("--cache-from", text)).collect::<Result<_, _>>()?;
    let to = args.cache_to.as_ref().map(|text| Layers::read("--cache-to", text)).transpose()?;
    let mut cache = Map::new();
    if !from.is_empty() {
        cache.insert("from".to_owned(), from.iter().map(|layers| literal(&layers.reference)).collect());
    }
    if let Some(to) = to {
        cache.insert("to".to_owned(), literal(&to.reference));
        cache.extend(to.mode.map(|mode| ("mode".to_owned(), Value::from(mode))));
    }
    Ok((!cache.is_empty()).then_some(Value::Object(cache)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    fn request(line: &str) -> Result<Value, String> {
        let words = shlex::split(&format!("windlass build {line}")).expect("words");
        let Command::Build(args) = Cli::try_parse_from(words).expect("a command line").command else { panic!("not build") };
        let tags: Vec<ImageReference> = args.tags.iter().map(|tag| ImageReference::parse(tag).expect("a reference")).collect();
        let secrets = Secrets::read(&args.build_secrets).expect("secrets");
        let environment = BTreeMap::from([("HERE", "a $b")]);
        with(&args, &tags, &secrets, Path::new("/p"), &environment).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn each_flag_of_docker_build_has_its_field() {
        let line = "-t r.example/a:1 -t r.example/a:2 -f docker/D --target prod --build-arg A=1 --build-arg HERE --build-arg NOT_SET \
                    --build-arg SOURCE_DATE_EPOCH=0 --label k=v=w --secret id=npm,src=f --platform linux/arm64,linux/amd64 --no-cache \
                    --cache-from r/c --cache-from type=registry,ref=r/d --cache-to type=registry,ref=r/c,mode=max web";
        assert_eq!(
            request(line),
            Ok(json!({
                "context": "web",
                "dockerfile": "../docker/D",
                "tags": ["r.example/a:1", "r.example/a:2"],
                "target": "prod",
                "build_args": {"A": "1", "HERE": "a $$b"},
                "source_date_epoch": "0",
                "labels": {"k": "v=w"},
                "secrets": {"npm": "BUILD_NPM_SECRET"},
                "platforms": ["linux/arm64", "linux/amd64"],
                "no_cache": true,
                "cache": {"from": ["r/c", "r/d"], "to": "r/c", "mode": "max"},
            }))
        );
        assert_eq!(request("-t a"), Ok(json!({"context": ".", "tags": ["a"]})));
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        for (line, word) in
            [("-t a ..", "not in this directory"), ("-t a --label x", "NAME=VALUE"), ("-t a --build-arg =1", "no name")]
        {
            assert!(request(line).is_err_and(|error| error.contains(word)), "{line}");
        }
    }
}
