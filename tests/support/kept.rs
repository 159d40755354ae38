//! The components of releases, as `tests/contract/components` keeps them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A component of a release.
pub struct Kept {
    /// The release.
    pub release: String,
    /// `LANGUAGE-KIND`, which is also its name.
    pub name: String,
    /// What `windlass plugin inspect` said of it then.
    pub inspected: Value,
    /// Its bytes.
    pub component: Vec<u8>,
}

impl Kept {
    /// Its kind: `step`, `login`, `build`, `push` or `config`.
    pub fn kind(&self) -> &str {
        self.name.rsplit('-').next().expect("a kind")
    }
}

/// All of them, by release and name.
pub fn all() -> Vec<Kept> {
    let mut kept: Vec<Kept> = sorted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/components"))
        .into_iter()
        .filter(|path| path.is_dir())
        .flat_map(|release| sorted(&release).into_iter().filter(|path| path.extension().is_some_and(|e| e == "zst")))
        .flat_map(|archive| of_archive(&archive))
        .collect();
    kept.sort_by(|one, other| (&one.release, &one.name).cmp(&(&other.release, &other.name)));
    kept
}

/// The newest of a name.
pub fn newest(name: &str) -> Kept {
    all().into_iter().rev().find(|kept| kept.name == name).unwrap_or_else(|| panic!("there is no {name}"))
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The components of one language: `NAME.wasm`, each with `NAME.json` beside it.
fn of_archive(path: &Path) -> Vec<Kept> {
    let release = path.parent().and_then(Path::file_name).expect("a release").to_string_lossy().into_owned();
    let unpacked = ruzstd::decoding::StreamingDecoder::new(File::open(path).expect("it opens")).expect("it is compressed");
    let (mut components, mut inspected) = (Vec::new(), Vec::new());
    for entry in tar::Archive::new(unpacked).entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let file = entry.path().expect("a path").to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it is whole");
        match file.rsplit_once('.') {
            Some((name, "wasm")) => components.push((name.to_owned(), bytes)),
            Some((name, "json")) => inspected.push((name.to_owned(), serde_json::from_slice(&bytes).expect("JSON"))),
            _ => panic!("{}: what is {file}?", path.display()),
        }
    }
    let inspected_of = |name: &str| inspected.iter().find(|(of, _)| of == name).map(|(_, said): &(_, Value)| said.clone());
    let kept = |(name, component): (String, Vec<u8>)| Kept {
        release: release.clone(),
        inspected: inspected_of(&name).unwrap_or_else(|| panic!("{name}.json is missing")),
        name,
        component,
    };
    components.into_iter().map(kept).collect()
}
