//! The WIT package that windlass carries, and the narrow world of one plugin.
//!
//! A component in JavaScript or Python imports every interface of its world. So each plugin has a world of its own, which imports `host` and
//! the powers that the plugin asks for, and exports the interface of its kind.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use windlass_model::plugin::{PluginKind, Power};
use wit_bindgen_core::wit_parser::{InterfaceId, PackageId, Resolve, SourceMap, WorldId, WorldItem};
use wit_component::{OutputToString, WitPrinter};

/// The files of the package `windlass:plugin`.
pub(crate) const PACKAGE: [(&str, &str); 5] = [
    ("host.wit", include_str!("../../../wit/host.wit")),
    ("http.wit", include_str!("../../../wit/http.wit")),
    ("results.wit", include_str!("../../../wit/results.wit")),
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("worlds.wit", include_str!("../../../wit/worlds.wit")),
];

/// The version of that package.
pub(crate) const VERSION: &str = "0.1.0";

/// Where that package lies in a project.
pub(crate) const IN_PROJECT: &str = "wit/deps/windlass-plugin";

/// The name of a plugin's own world. It must not be that of a Python module.
pub(crate) const WORLD: &str = "narrow";

/// The version of `windlass:plugin` that a WIT file declares.
pub(crate) fn version(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("package windlass:plugin@")?;
    rest.split_once(';').map(|(version, _)| version.trim())
}

/// The text of a plugin's own world. A component can import more by no means than what stands here.
pub(crate) fn world(kind: PluginKind, powers: &[Power], version: &str) -> String {
    let mut text = format!(
        "// Written by windlass from windlass-plugin.yaml: change that file, and build.\npackage local:plugin;\n\nworld {WORLD} {{\n"
    );
    let imported: BTreeSet<&str> = powers.iter().filter(|power| **power != Power::Pod).map(|power| power.as_str()).collect();
    for interface in std::iter::once("host").chain(imported) {
        let _ = writeln!(text, "  import windlass:plugin/{interface}@{version};");
    }
    let _ = writeln!(text, "  export windlass:plugin/{kind}-plugin@{version};\n}}");
    text
}

/// A plugin's own world, read. Functions are only in interfaces that it imports by name. Others come with them, for their types: with their
/// functions they would be powers that nobody asked for.
pub(crate) struct Narrow {
    pub(crate) resolve: Resolve,
    pub(crate) world: WorldId,
}

impl Narrow {
    /// Reads a directory with the world and, below `deps`, the package that it names.
    ///
    /// # Errors
    /// What is wrong with the text, with its place.
    pub(crate) fn read(directory: &Path, powers: &[Power]) -> Result<Self, String> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(directory).map_err(|e| format!("{e:#}"))?;
        Self::of(resolve, package, powers)
    }

    /// Reads a world for the package that windlass carries.
    pub(crate) fn of_carried(world: &str, powers: &[Power]) -> Result<Self, String> {
        let mut files = SourceMap::default();
        for (name, text) in PACKAGE {
            files.push_str(name, text);
        }
        let package = files.parse().map_err(|(_, e)| e.to_string())?;
        let mut resolve = Resolve::default();
        resolve.push_group(package).map_err(|e| e.to_string())?;
        let package = resolve.push_source("world.wit", world).map_err(|e| format!("{e:#}"))?;
        Self::of(resolve, package, powers)
    }

    fn of(mut resolve: Resolve, package: PackageId, powers: &[Power]) -> Result<Self, String> {
        let world = resolve.select_world(&[package], Some(WORLD)).map_err(|e| format!("{e:#}"))?;
        let asked = |name: &str| name == "host" || powers.iter().any(|power| power.as_str() == name);
        for id in imports(&resolve, world) {
            let interface = &mut resolve.interfaces[id];
            if !interface.name.as_deref().is_some_and(asked) {
                interface.functions.clear();
            }
        }
        Ok(Self { resolve, world })
    }

    /// Gives functions of what it imports other names.
    pub(crate) fn rename(&mut self, other_name: impl Fn(&str) -> Option<&'static str>) {
        for id in imports(&self.resolve, self.world) {
            let interface = &mut self.resolve.interfaces[id];
            let functions = std::mem::take(&mut interface.functions);
            interface.functions.extend(functions.into_iter().map(|(name, mut function)| match other_name(&name) {
                Some(other) => {
                    other.clone_into(&mut function.name);
                    (other.to_owned(), function)
                }
                None => (name, function),
            }));
        }
    }

    /// The package `windlass:plugin`.
    fn package(&self) -> Option<PackageId> {
        let mut packages = self.resolve.packages.iter();
        packages.find(|(_, package)| package.name.namespace == "windlass" && package.name.name == "plugin").map(|(id, _)| id)
    }

    /// The version of that package, as imports write it.
    pub(crate) fn version(&self) -> Option<String> {
        self.resolve.packages[self.package()?].name.version.as_ref().map(ToString::to_string)
    }

    /// The text of that package.
    ///
    /// # Errors
    /// When it cannot be written as text.
    pub(crate) fn text(&self) -> Result<String, String> {
        let package = self.package().ok_or("wit/ has no package windlass:plugin")?;
        let mut printer = WitPrinter::new(OutputToString::default());
        printer.print(&self.resolve, package, &[]).map_err(|e| format!("{e:#}"))?;
        Ok(printer.output.to_string())
    }
}

fn imports(resolve: &Resolve, world: WorldId) -> Vec<InterfaceId> {
    let items = resolve.worlds[world].imports.values();
    items.filter_map(|item| if let WorldItem::Interface { id, .. } = item { Some(*id) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A power that is added to the package is one that projects can be written for.
    #[test]
    fn every_power_but_pod_is_an_interface_of_the_package() {
        for power in Power::ALL.into_iter().filter(|power| *power != Power::Pod) {
            let interface = format!("interface {power} {{");
            assert!(PACKAGE.iter().any(|(_, text)| text.contains(&interface)), "{power}");
        }
        for (file, text) in PACKAGE {
            assert_eq!(version(text), Some(VERSION), "{file}");
        }
    }

    #[test]
    fn the_carried_files_are_those_of_the_package() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let mut names: Vec<_> =
            std::fs::read_dir(directory).expect("wit/").map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        assert_eq!(names, PACKAGE.map(|(name, _)| name));
    }

    /// `containers` uses the type of a secret, and a component that may use containers must not be able to open one for that.
    #[test]
    fn what_comes_along_for_its_types_has_no_functions() {
        let directory = tempfile::tempdir().expect("a directory");
        let deps = directory.path().join("deps/windlass-plugin");
        std::fs::create_dir_all(&deps).expect("a directory");
        for (name, text) in PACKAGE {
            std::fs::write(deps.join(name), text).expect("a file");
        }
        for kind in [PluginKind::Step, PluginKind::Login] {
            std::fs::write(directory.path().join("world.wit"), world(kind, &[Power::Containers], VERSION)).expect("a file");
            let narrow = Narrow::read(directory.path(), &[Power::Containers]).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(narrow.version().as_deref(), Some(VERSION));
            let text = narrow.text().unwrap_or_else(|e| panic!("{e}"));
            let (_, secrets) = text.split_once("interface secrets {").expect("it has the types of secrets");
            let (secrets, _) = secrets.split_once("\n}").expect("an end");
            assert!(secrets.contains("resource secret;") && !secrets.contains("func"), "{secrets}");
            assert!(text.contains("start: func") && text.contains("log: func"), "{text}");
        }
    }
}
