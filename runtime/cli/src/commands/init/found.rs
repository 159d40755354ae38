//! The tasks of a project that has Dockerfiles and nothing that says how they are built.

use std::path::Path;

use serde_json::{Map, Value, json};
use windlass_model::image::ImageReference;
use windlass_registry::credentials::{Configured, Credentials as _};
use windlass_working_copy::SecretFiles;
use windlass_working_copy::git::Facts;

use super::dockerfiles::{self, Image};
use super::setup::{Step, Task, literal};
use super::{Builders, question};
use crate::args::InitArgs;
use crate::commands::build::paths;
use crate::environment::{Environment as _, ProcessEnvironment};
use crate::failure::{self, Failure};
use crate::output;

/// More Dockerfiles than that are named and left out: a file of so many tasks is to be written with thought.
const MOST: usize = 20;

/// The variable that holds the password. Its ending makes it a secret wherever variables are looked at.
const PASSWORD: &str = "REGISTRY_PASSWORD";

/// What was found.
pub(super) struct Found {
    pub tasks: Vec<Task>,
    /// The variables that hold secrets.
    pub secrets: Vec<String>,
    /// What there is to say besides.
    pub remark: Option<String>,
}

/// A task for each Dockerfile.
///
/// # Errors
/// When there is none, or nothing says which image is meant.
pub(super) async fn look(args: &InitArgs, here: &Path, facts: Option<&Facts>, builders: &Builders) -> Result<Found, Failure> {
    let files = files(args, here)?;
    let base = image(args, facts)?;
    let parsed = ImageReference::parse(&base)
        .map_err(|error| Failure::usage(error.to_string(), "--image names it as `docker push` takes it: ghcr.io/me/app"))?;
    let images = dockerfiles::images(here, &files, untagged(&base, &parsed), |name| tagged(name, &parsed, facts));
    let registry = parsed.registry();
    let login = login(&parsed).await?.map(|user| Step {
        name: "login".into(),
        uses: builders.login.clone(),
        with: map(json!({"registry": literal(registry), "username": literal(&user), "password": PASSWORD})),
    });
    let remark = login.is_none().then(|| {
        format!(
            "There is no login for {registry} on this machine, so there is no login step. If {registry} wants one, type `docker login {registry}` \
             first, remove the files, and run `windlass init` again."
        )
    });
    let secrets = login.iter().map(|_| PASSWORD.to_owned()).collect();
    let tasks = images.into_iter().map(|image| task(image, login.clone(), builders)).collect();
    Ok(Found { tasks, secrets, remark })
}

fn task(image: Image, login: Option<Step>, builders: &Builders) -> Task {
    let mut with = Map::new();
    if image.context != "." {
        with.insert("context".into(), literal(&image.context));
    }
    if image.dockerfile != "Dockerfile" {
        with.insert("dockerfile".into(), literal(&image.dockerfile));
    }
    with.insert("tags".into(), json!([image.reference]));
    let build = Step { name: "build".into(), uses: builders.build.clone(), with };
    let push = Step { name: "push".into(), uses: builders.push.clone(), with: Map::new() };
    Task { name: image.task, steps: login.into_iter().chain([build, push]).collect() }
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The Dockerfiles, as seen from the project's directory.
fn files(args: &InitArgs, here: &Path) -> Result<Vec<String>, Failure> {
    if !args.dockerfiles.is_empty() {
        let one = |file: &String| {
            let path = paths::dockerfile(Path::new(file), ".", here)?;
            windlass_files::exists(&here.join(&path)).map_err(|error| Failure::Unreadable {
                path: file.into(),
                source: error.into(),
                help: Vec::new(),
            })?;
            Ok(path)
        };
        return args.dockerfiles.iter().map(one).collect();
    }
    let all = windlass_working_copy::paths(here, &SecretFiles::none()).map_err(|error| {
        Failure::usage(
            format!("the files of this directory cannot be listed: {}", failure::causes(&error)),
            "name the Dockerfile: --dockerfile PATH",
        )
    })?;
    let mut found: Vec<String> = all.into_iter().filter(|path| dockerfiles::is_one(path)).collect();
    found.sort_by_key(|path| (path.matches('/').count(), path.len(), path.clone()));
    if found.is_empty() {
        return Err(Failure::usage(
            "there is no Dockerfile in this directory",
            "run this where one is, or name it: --dockerfile PATH",
        ));
    }
    for more in found.iter().skip(MOST) {
        output::line(&format!("note: {more} is left out; windlass init writes {MOST} tasks at most"));
    }
    found.truncate(MOST);
    Ok(found)
}

/// The image, as it was given or as the git remote suggests.
fn image(args: &InitArgs, facts: Option<&Facts>) -> Result<String, Failure> {
    if let Some(image) = &args.image {
        return Ok(image.clone());
    }
    let unknown = || Failure::usage("which image to push is not known", "name it: windlass init --image ghcr.io/me/app");
    question::ask("Image to push, without a tag", facts.and_then(suggestion), unknown)
}

/// The name that the registry of the remote's host would have for it.
fn suggestion(facts: &Facts) -> Option<String> {
    let origin = facts.origin.as_ref()?;
    let registry = match origin.host.as_deref()? {
        "github.com" => "ghcr.io",
        "gitlab.com" => "registry.gitlab.com",
        _ => return None,
    };
    let image = format!("{registry}/{}", origin.full_name().to_ascii_lowercase());
    ImageReference::parse(&image).is_ok().then_some(image)
}

/// The image without its tag.
fn untagged<'a>(base: &'a str, parsed: &ImageReference) -> &'a str {
    parsed.tag().and_then(|tag| base.strip_suffix(tag)).and_then(|name| name.strip_suffix(':')).unwrap_or(base)
}

/// With the tag that was given, else the commit's, else `latest` where Git knows no commit.
fn tagged(name: &str, parsed: &ImageReference, facts: Option<&Facts>) -> String {
    let tag = match (parsed.tag(), facts.and_then(|facts| facts.head.as_ref())) {
        (Some(tag), _) => tag,
        (None, Some(_)) => "$CIRRUS_CHANGE_IN_REPO",
        (None, None) => "latest",
    };
    format!("{name}:{tag}")
}

/// The user of the login that is there for the image's registry. Its password stays where it is.
async fn login(image: &ImageReference) -> Result<Option<String>, Failure> {
    let kept = Configured::of(|name: &str| ProcessEnvironment.get(name));
    let registry = image.registry();
    let found = kept
        .login(registry, &image.repository())
        .await
        .map_err(|error| Failure::usage(failure::causes(&error), format!("mend it, or log in again: docker login {registry}")))?;
    Ok(found.map(|login| login.user).filter(|user| !user.is_empty()))
}
