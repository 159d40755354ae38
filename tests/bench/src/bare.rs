//! The builders as a person would start them: the same work as a build step's, up to the image's layout or the daemon's store.

use crate::pod::DIRECTORY;

/// A builder, and what its pods need.
pub struct Builder {
    /// The plugin.
    pub plugin: &'static str,
    /// The image of the main container, when the plugin needs one of its own.
    pub main: Option<&'static str>,
    /// A step before the build.
    pub before: &'static str,
    /// Further keys of `with`.
    pub with: &'static str,
    /// The containers of its pod that it runs in, the one with its command first.
    pub containers: &'static [&'static str],
    /// How it keeps a cache in a registry.
    pub caches: Caches,
    command: fn(&Where<'_>, Option<&Cache>) -> Vec<String>,
}

/// How a builder keeps a cache in a registry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Caches {
    /// Beside the image.
    Beside,
    /// In the image, which is pushed.
    InImage,
    /// Not without a key store of its own: Makisu.
    No,
}

/// Where images are tagged.
pub struct Where<'a> {
    /// A registry that speaks plain HTTP and wants no password.
    pub registry: &'a str,
    /// A name in it.
    pub repository: &'a str,
}

impl Where<'_> {
    /// The image's reference without a tag.
    pub fn tag_base(&self) -> String {
        format!("{}/bench/{}", self.registry, self.repository)
    }

    /// The image's reference.
    pub fn tag(&self) -> String {
        format!("{}:bench", self.tag_base())
    }
}

/// A cache in a registry.
pub struct Cache {
    /// Its repository.
    pub reference: String,
}

impl Builder {
    /// The first process of its container.
    pub fn command(&self, place: &Where<'_>, cache: Option<&Cache>) -> Vec<String> {
        (self.command)(place, cache)
    }
}

/// All that are built in.
pub const BUILDERS: [Builder; 5] = [
    Builder {
        plugin: "kaniko",
        main: None,
        before: "",
        with: "",
        containers: &["kaniko"],
        caches: Caches::Beside,
        command: kaniko,
    },
    Builder { plugin: "makisu", main: None, before: "", with: "", containers: &["makisu"], caches: Caches::No, command: makisu },
    Builder {
        plugin: "buildkit",
        main: None,
        before: "",
        with: "",
        containers: &["buildkit"],
        caches: Caches::Beside,
        command: buildkit,
    },
    Builder {
        plugin: "buildah",
        main: None,
        before: "",
        with: "",
        containers: &["buildah"],
        caches: Caches::Beside,
        command: buildah,
    },
    Builder {
        plugin: "docker-build",
        main: Some("docker:latest"),
        // The first answer of a daemon takes longer than later ones: `docker` below waits for it, too.
        before: "  first_script: docker version\n",
        with: ", image: 'docker:dind'",
        containers: &["main", "docker"],
        caches: Caches::InImage,
        command: docker,
    },
];

/// Runs a program and times it.
fn timed(program: &str, arguments: &[String]) -> Vec<String> {
    [format!("{DIRECTORY}/timed"), program.to_owned()].into_iter().chain(arguments.iter().cloned()).collect()
}

fn in_shell(script: String) -> Vec<String> {
    timed("sh", &["-ec".to_owned(), script])
}

fn kaniko(place: &Where<'_>, cache: Option<&Cache>) -> Vec<String> {
    let Where { registry, .. } = place;
    let mut arguments = vec![
        format!("--context=dir://{DIRECTORY}"),
        format!("--dockerfile={DIRECTORY}/Dockerfile"),
        format!("--destination={}", place.tag()),
        format!("--insecure-registry={registry}"),
        format!("--skip-tls-verify-registry={registry}"),
        "--no-push".into(),
        "--oci-layout-path=/out/image".into(),
    ];
    if let Some(Cache { reference }) = cache {
        arguments.extend(["--cache=true".to_owned(), format!("--cache-repo={reference}"), "--cache-copy-layers".into()]);
    }
    timed("/kaniko/executor", &arguments)
}

/// It speaks plain HTTP where a registry does.
fn makisu(place: &Where<'_>, _: Option<&Cache>) -> Vec<String> {
    let arguments = [
        "build".to_owned(),
        format!("--file={DIRECTORY}/Dockerfile"),
        format!("--tag={}", place.tag()),
        "--dest=/out/image.tar".into(),
        "--modifyfs=true".into(),
        "--storage=/out/storage".into(),
        "--local-cache-ttl=0".into(),
        DIRECTORY.into(),
    ];
    timed("/makisu-internal/makisu", &arguments)
}

fn buildkit(place: &Where<'_>, cache: Option<&Cache>) -> Vec<String> {
    let Where { registry, .. } = place;
    let cache = cache.map(|Cache { reference }| {
        format!(
            " --export-cache=type=registry,ref={reference}:cache,mode=max,registry.insecure=true \
             --import-cache=type=registry,ref={reference}:cache,registry.insecure=true"
        )
    });
    in_shell(format!(
        "printf '[registry.\"{registry}\"]\\nhttp = true\\ninsecure = true\\n' >/out/buildkitd.toml\n\
         rootlesskit buildkitd --oci-worker-no-process-sandbox --config /out/buildkitd.toml >/out/log 2>&1 &\n\
         until buildctl debug workers >/dev/null 2>&1; do sleep 0.02; done\n\
         mkdir /out/image\n\
         exec buildctl build --frontend=dockerfile.v0 --progress=plain --local=context={DIRECTORY} --local=dockerfile={DIRECTORY} \
         --output=type=oci,tar=false,dest=/out/image{}",
        cache.unwrap_or_default()
    ))
}

fn buildah(place: &Where<'_>, cache: Option<&Cache>) -> Vec<String> {
    let tag = place.tag();
    let cache = cache.map(|Cache { reference }| format!(" --layers --cache-from={reference} --cache-to={reference}"));
    in_shell(format!(
        "buildah='buildah --root=/var/tmp/storage --storage-driver=vfs'\n\
         $buildah bud --isolation=chroot --tls-verify=false --tag={tag}{} {DIRECTORY}\n\
         $buildah push {tag} oci:/out/image",
        cache.unwrap_or_default()
    ))
}

/// The daemon is there when a step begins, so waiting for it is not timed.
fn docker(place: &Where<'_>, cache: Option<&Cache>) -> Vec<String> {
    let build = match cache {
        None => format!("exec {DIRECTORY}/timed docker build --tag={} {DIRECTORY}", place.tag()),
        Some(Cache { reference }) => format!(
            "{DIRECTORY}/timed sh -ec 'docker pull {reference} || true; docker build --tag={reference} --cache-from={reference} {DIRECTORY}'\n\
             docker push {reference}"
        ),
    };
    let script =
        format!("export DOCKER_HOST=tcp://localhost:2375; until docker version >/dev/null 2>&1; do sleep 0.05; done\n{build}");
    ["sh", "-ec", &script].map(str::to_owned).into()
}
