//! Builders times Dockerfiles: what each makes, and what its image prints.

use std::fs::Permissions;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::builders::{self, Builder, Expected};
use super::world::{required, variable};
use super::{Outcome, Project, World, registry};

/// One image of the matrix.
#[derive(Debug)]
pub struct Image {
    name: &'static str,
    prints: &'static str,
}

/// The images that a builder makes.
pub fn images(builder: &Builder) -> Vec<Image> {
    let mut images = vec![
        Image { name: "scratch", prints: "from nothing\n" },
        Image { name: "user", prints: "1234\n1234 5678\nwritten by root\n" },
        Image { name: "stages", prints: "built in another stage\n" },
    ];
    if matches!(builder.secret, Expected::Built) {
        images.push(Image { name: "secret", prints: "29\n" });
    }
    images
}

/// The image that Dockerfiles for a builder start from: the plain registry's, because Makisu cannot log in to the other. The BuildKit within
/// docker 20.10 does not know the daemon's insecure registries.
pub fn base(builder: &Builder) -> String {
    let base = if builder.plugin == builders::DOCKER.plugin { "BASE_IMAGE" } else { "BASE_IMAGE_PLAIN" };
    variable(base).unwrap_or_else(|| "busybox".to_owned())
}

/// Bytes that no compression makes smaller, other ones each time.
pub fn noise(length: u64) -> Vec<u8> {
    let mut noise = Vec::new();
    let source = std::fs::File::open("/dev/urandom").expect("random bytes");
    source.take(length).read_to_end(&mut noise).expect("random bytes");
    noise
}

/// The Dockerfile of an image.
fn dockerfile(builder: &Builder, name: &str) -> String {
    let base = base(builder);
    match name {
        "scratch" => {
            "FROM scratch\nCOPY busybox message.txt /\nENTRYPOINT [\"/busybox\", \"cat\", \"/message.txt\"]\n".to_owned()
        }
        "user" => format!(
            "FROM {base}\n\
             ARG GREETING\n\
             RUN test ! -e /windlass/secret && mkdir /data && echo \"$GREETING\" >/data/file && chown 1234:5678 /data/file && chmod 640 /data/file\n\
             USER 1234:5678\n\
             CMD [\"sh\", \"-c\", \"id -u; stat -c '%u %g' /data/file; cat /data/file\"]\n"
        ),
        "stages" => format!(
            "FROM {base} AS build\n\
             RUN sleep 3 && echo built in another stage >/out.txt\n\
             FROM {base}\n\
             COPY --from=build /out.txt /out.txt\n\
             CMD [\"cat\", \"/out.txt\"]\n"
        ),
        "secret" => format!(
            "FROM {base}\n\
             RUN --mount=type=secret,id=token wc -c </run/secrets/token >/length.txt\n\
             CMD [\"cat\", \"/length.txt\"]\n"
        ),
        other => panic!("there is no Dockerfile {other}"),
    }
}

/// The task that builds and pushes one image.
fn task(builder: &Builder, repository: &str, name: &str) -> String {
    let Builder { plugin, push, main, with, namespace, .. } = builder;
    let own = match name {
        "user" => ", build_args: {GREETING: written by root}",
        "secret" => ", secrets: {token: TOKEN}",
        _ => "",
    };
    format!(
        "{name}_task:\n\
        \x20 kubernetes_container: {{image: '{main}', namespace: {namespace}, cpu: 0.5, memory: 256Mb}}\n\
        \x20 login_step: {{uses: registry-login, with: {{registry: gcr.io, username: _json_key, password: REGISTRY_KEY}}}}\n\
        \x20 build_step: {{uses: {plugin}, with: {{context: {name}, tags: ['{repository}/{name}:$CIRRUS_CHANGE_IN_REPO']{own}{with}}}}}\n\
        \x20 push_step: {{uses: {push}}}\n"
    )
}

const SECRETS: &str = "env:\n  REGISTRY_KEY: ENCRYPTED[key]\n  TOKEN: ENCRYPTED[token]\n";

/// Below the project that the registry's account may write to.
fn repository(builder: &Builder, world: World) -> String {
    format!("my-project/matrix/{}-{}", builder.word(), format!("{world:?}").to_lowercase())
}

/// A project with all Dockerfiles, a task for each.
pub fn project(builder: &Builder, world: World) -> Project {
    let repository = format!("gcr.io/{}", repository(builder, world));
    let images = images(builder);
    let tasks: String = images.iter().map(|image| task(builder, &repository, image.name)).collect();
    let project = Project::new(&[(".cirrus.yml", &format!("{SECRETS}{tasks}"))]);
    for image in &images {
        project.write(&format!("{}/Dockerfile", image.name), &dockerfile(builder, image.name));
    }
    project.write("scratch/message.txt", "from nothing\n");
    // A checkout under umask 077 looks like this, and only its owner can read it.
    for (name, mode) in [("scratch/message.txt", 0o600), ("scratch", 0o700)] {
        std::fs::set_permissions(project.path().join(name), Permissions::from_mode(mode)).expect("the mode is changed");
    }
    std::fs::copy("/bin/busybox", project.path().join("scratch/busybox")).expect("Debian's busybox is copied");
    project.write("token", "not a token, but just as long");
    builder.install(&project, &settings(world));
    project
}

/// The Dockerfile with a build secret alone, for a plan.
pub fn with_secret(builder: &Builder) -> Project {
    let task = task(builder, "gcr.io/my-project/matrix", "secret");
    let files = [(".cirrus.yml", format!("{SECRETS}{task}")), ("secret/Dockerfile", dockerfile(builder, "secret"))];
    let project = Project::new(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    builder.install(&project, "");
    project
}

/// How the two test registries are reached. It ends with the list of registries.
pub fn settings(world: World) -> String {
    format!(
        "host_aliases:\n  - ip: {}\n    hostnames: [gcr.io]\n\
         registries:\n  gcr.io: {{ca_file: '{}'}}\n  '{}': {{insecure: true}}\n",
        world.registry_address(),
        required("REGISTRY_CA"),
        required("REGISTRY_PLAIN_FROM_PODS"),
    )
}

impl Image {
    /// Asserts that the registry serves it with a digest that windlass printed, and that it prints what it should.
    pub fn is_served_and_prints(&self, builder: &Builder, world: World, head: &str, outcome: &Outcome) {
        let repository = format!("{}/{}", repository(builder, world), self.name);
        let digest = registry::digest(&repository, head).unwrap_or_else(|| panic!("{repository}:{head} is not served"));
        assert!(outcome.stdout.contains(&digest), "{repository}: {digest} is not what windlass printed: {}", outcome.stdout);
        let printed = run(&format!("{}/{repository}@{digest}", required("REGISTRY_READBACK")));
        assert_eq!(printed, self.prints, "{repository} of {world:?}");
    }
}

/// Pulls an image with Podman and runs it.
fn run(reference: &str) -> String {
    let podman = |arguments: &[&str]| {
        let socket = format!("unix://{}", required("ENGINE_SOCKET"));
        let output = Command::new("podman").arg("--remote").args(arguments).env("CONTAINER_HOST", socket).output();
        let output = output.expect("podman runs");
        assert!(output.status.success(), "podman {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    podman(&["pull", "--quiet", "--tls-verify=false", reference]);
    let printed = podman(&["run", "--rm", "--network=none", reference]);
    podman(&["rmi", reference]);
    printed
}
