//! From a project to `target/NAME.wasm`.

mod go;
mod javascript;
mod python;
mod rust;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use windlass_model::digest::Digest;
use windlass_model::plugin::{PluginKind, Power};

use crate::component::{self, ComponentError, Found};
use crate::description::{self, Description, DescriptionError};
use crate::language::Language;
use crate::sources::Sources;
use crate::tools::{ToolError, Tools};
use crate::wit::{self, Narrow};

/// The bindings of a Go project that is new, by their paths in it.
pub(crate) fn bindings_of_new(
    world: &str,
    kind: PluginKind,
    powers: &[Power],
    module: &str,
) -> Result<BTreeMap<String, String>, String> {
    let files = go::bindings::files(&Narrow::of_carried(world, powers)?, kind, module)?;
    Ok(files.into_iter().map(|(name, text)| (format!("{}/{name}", go::bindings::DIRECTORY), text)).collect())
}

/// Builds plugins.
pub struct Builder<'a> {
    /// Where compilers are.
    pub tools: &'a Tools,
    /// Takes lines on what takes long and what is new, for a person who waits.
    pub say: &'a dyn Fn(&str),
}

/// A plugin that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Its file: `target/NAME.wasm` in the project.
    pub component: PathBuf,
    /// The file's SHA-256.
    pub digest: Digest,
    /// The file's size in bytes.
    pub size: u64,
    /// The name in its manifest.
    pub name: String,
    /// Its kind.
    pub kind: PluginKind,
    /// What it was written in.
    pub language: Language,
    /// Powers that the project names and the code does not use: they give the plugin nothing.
    pub unused: Vec<Power>,
    /// What the compiler warns of, in lines of its own; empty without a word.
    pub warnings: String,
}

/// Why there is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The directory holds no project.
    #[error("{0} has neither windlass-plugin.yaml nor Cargo.toml; `windlass plugin new` writes a project")]
    NoProject(PathBuf),
    /// What the project says of itself is of no use.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// A compiler is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A file cannot be read or written.
    #[error("{path} cannot be {done}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        done: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The project lacks a file, or one is not as it must be.
    #[error("{path}: {why}")]
    Project {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// What was built is not the plugin that the project describes.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// A compiler misses a power that the project does not name.
    #[error("{why}")]
    Unasked {
        /// Which, in windlass' words.
        why: ComponentError,
        /// What the compiler wrote.
        output: String,
    },
}

impl BuildError {
    /// What the compiler that failed wrote, in lines of its own: no part of the sentence that the error is.
    #[must_use]
    pub fn compiler(&self) -> Option<&str> {
        match self {
            Self::Tool(ToolError::Failed { output, .. }) | Self::Unasked { output, .. } => Some(output),
            _ => None,
        }
    }

    /// Whether a compiler refused the source, and nothing else is known of it.
    #[must_use]
    pub fn is_of_compiler(&self) -> bool {
        matches!(self, Self::Tool(ToolError::Failed { .. }))
    }

    /// The file and the member in it that is wrong, with what is wrong with it, where its line is left to whoever reads YAML with places.
    #[must_use]
    pub fn member(&self) -> Option<(&Path, &str, &str)> {
        match self {
            Self::Description(DescriptionError::Invalid { path, member: Some(member), why, .. }) => Some((path, member, why)),
            _ => None,
        }
    }

    fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, done: "read", source }
    }

    fn written(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, done: "written", source }
    }

    fn project(path: &Path, why: impl Into<String>) -> Self {
        Self::Project { path: path.to_owned(), why: why.into() }
    }
}

impl Builder<'_> {
    /// Builds the project in a directory.
    ///
    /// # Errors
    /// When it is no project, a compiler is missing or fails, or the component is not what the project says.
    pub fn build(&self, directory: &Path) -> Result<Built, BuildError> {
        let directory = fs::canonicalize(directory).map_err(BuildError::read(directory))?;
        let (language, component, warnings) = if directory.join(description::FILE).exists() {
            let description = description::read(&directory)?;
            let built =
                self.by_recipe(&directory, &description).map_err(|error| in_our_words(error, &directory, &description))?;
            (description.language, component::with_manifest(built, &description.manifest), String::new())
        } else if directory.join("Cargo.toml").exists() {
            let (component, warnings) = self.rust(&directory)?;
            (Language::Rust, component, warnings)
        } else {
            return Err(BuildError::NoProject(directory));
        };
        let Found { checked, mut unused } = component::check(&component)?;
        if language.imports_its_whole_world() {
            let sources = Sources::read(language, &directory);
            unused.extend(component::by_call(&checked.powers).filter(|power| !sources.name(*power)));
        }
        let file = directory.join("target").join(format!("{}.wasm", checked.name));
        place(&file, &component)?;
        let digest = Digest::of(&component);
        let size = component.len() as u64;
        Ok(Built { component: file, digest, size, name: checked.name, kind: checked.kind, language, unused, warnings })
    }

    /// A component without its manifest, from a project with a description.
    fn by_recipe(&self, directory: &Path, description: &Description) -> Result<Vec<u8>, BuildError> {
        let mut narrow = self.narrow(directory, description)?;
        let build = fresh(&directory.join("target/build"))?;
        if description.language.imports_its_whole_world() {
            if description.language == Language::JavaScript {
                narrow.rename(javascript::other_name);
            }
            let deps = fresh(&build.join(wit::IN_PROJECT))?;
            let package = narrow.text().map_err(|why| BuildError::project(&directory.join("wit"), why))?;
            write(&deps.join("plugin.wit"), package.as_bytes())?;
            let world = directory.join("wit/world.wit");
            write(&build.join("wit/world.wit"), &fs::read(&world).map_err(BuildError::read(&world))?)?;
        }
        match description.language {
            Language::Go => self.go(directory, &build, description, &narrow),
            Language::JavaScript => self.javascript(directory, &build, description.checked.kind),
            Language::Python => self.python(directory, &build),
            Language::Rust => Ok(self.rust(directory)?.0),
        }
    }

    /// The plugin's own world, brought up to date with the description.
    fn narrow(&self, directory: &Path, description: &Description) -> Result<Narrow, BuildError> {
        let package = directory.join(wit::IN_PROJECT).join("host.wit");
        let text = fs::read_to_string(&package).map_err(BuildError::read(&package))?;
        let version = wit::version(&text).ok_or_else(|| BuildError::project(&package, "it is not of package windlass:plugin"))?;
        let path = directory.join("wit/world.wit");
        let world = wit::world(description.checked.kind, &description.checked.powers, version);
        if fs::read_to_string(&path).ok().as_deref() != Some(&world) {
            write(&path, world.as_bytes())?;
            (self.say)(&format!("wit/world.wit is written anew, as {} says", description::FILE));
        }
        let wit = directory.join("wit");
        Narrow::read(&wit, &description.checked.powers).map_err(|why| BuildError::project(&wit, why))
    }
}

/// A compiler that misses a power says so in words of its own, which lead nobody to the manifest.
fn in_our_words(error: BuildError, directory: &Path, description: &Description) -> BuildError {
    let Description { language, checked, .. } = description;
    match error {
        BuildError::Tool(ToolError::Failed { program, status, output }) => {
            match Sources::read(*language, directory).unasked(&checked.powers, &output) {
                Some(power) => BuildError::Unasked { why: ComponentError::Unasked(power), output },
                None => ToolError::Failed { program, status, output }.into(),
            }
        }
        other => other,
    }
}

/// An empty directory in place of what may be there.
fn fresh(directory: &Path) -> Result<PathBuf, BuildError> {
    match fs::remove_dir_all(directory) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(BuildError::written(directory)(e)),
        _ => {}
    }
    fs::create_dir_all(directory).map_err(BuildError::written(directory))?;
    Ok(directory.to_owned())
}

fn write(path: &Path, contents: &[u8]) -> Result<(), BuildError> {
    fs::write(path, contents).map_err(BuildError::written(path))
}

/// Puts a file in its place whole: whoever reads it meanwhile has the old one or the new one.
fn place(path: &Path, contents: &[u8]) -> Result<(), BuildError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(BuildError::written(directory))?;
    let mut file =
        tempfile::Builder::new().prefix(".building-").tempfile_in(directory).map_err(BuildError::written(directory))?;
    file.write_all(contents).map_err(BuildError::written(path))?;
    readable(file.as_file()).map_err(BuildError::written(path))?;
    file.persist(path).map_err(|e| BuildError::written(path)(e.error))?;
    Ok(())
}

/// A temporary file is closed to others, and a plugin is for everybody.
#[cfg(unix)]
fn readable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}
