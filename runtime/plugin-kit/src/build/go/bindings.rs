//! What lies in `bindings/` of a Go project.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use windlass_model::plugin::PluginKind;
use wit_bindgen_core::Files;

use super::super::BuildError;
use crate::wit::Narrow;

/// The directory, which is also the program that is built.
pub(crate) const DIRECTORY: &str = "bindings";

/// The module of the bindings as the generator writes it.
const GENERATED: &str = "\"wit_component/";

/// The path of the module that the bindings need, which the Go proxy does not serve.
const SUPPORT: &str = "\"go.bytecodealliance.org/pkg/wit/";

/// Files of that module, of version 0.4.0; `NOTICE` says what is other there.
const SUPPORT_FILES: [(&str, &str); 8] = [
    ("wit/LICENSE", include_str!("../../../templates/go/wit/LICENSE")),
    ("wit/NOTICE", include_str!("../../../templates/go/wit/NOTICE")),
    ("wit/runtime/empty.s", include_str!("../../../templates/go/wit/runtime/empty.s")),
    ("wit/runtime/runtime.go", include_str!("../../../templates/go/wit/runtime/runtime.go")),
    ("wit/types/option.go", include_str!("../../../templates/go/wit/types/option.go")),
    ("wit/types/result.go", include_str!("../../../templates/go/wit/types/result.go")),
    ("wit/types/tuple.go", include_str!("../../../templates/go/wit/types/tuple.go")),
    ("wit/types/unit.go", include_str!("../../../templates/go/wit/types/unit.go")),
];

/// Our own part: errors as Go has them.
const WINDLASS: &str = include_str!("../../../templates/go/windlass.go");

/// The files, by their paths in the directory.
///
/// # Errors
/// When no bindings can be made for the world.
pub(crate) fn files(narrow: &Narrow, kind: PluginKind, module: &str) -> Result<BTreeMap<String, String>, String> {
    let mut resolve = narrow.resolve.clone();
    let mut made = Files::default();
    let options = wit_bindgen_go::Opts { format: wit_bindgen_go::Format::False, quiet: true, ..Default::default() };
    options.build().generate(&mut resolve, narrow.world, &mut made).map_err(|e| format!("{e:#}"))?;
    let ours = format!("\"{module}/{DIRECTORY}/");
    let export = format!("export_windlass_plugin_{kind}_plugin");
    let mut files = BTreeMap::new();
    for (name, contents) in made.iter().filter(|(name, _)| *name != "go.mod") {
        let text = String::from_utf8(contents.to_vec()).map_err(|_| format!("{name} is not text"))?;
        files.insert(name.to_owned(), text.replace(GENERATED, &ours).replace(SUPPORT, &format!("{ours}wit/")));
    }
    for (name, text) in SUPPORT_FILES {
        files.insert(name.to_owned(), text.to_owned());
    }
    let fill =
        |text: &str| text.replace("{{bindings}}", ours.trim_matches('"').trim_end_matches('/')).replace("{{module}}", module);
    files.insert("windlass/windlass.go".to_owned(), fill(WINDLASS));
    files.insert(format!("{export}/export.go"), fill(exports(kind)));
    Ok(files)
}

/// From the functions of the component to those of the author's package.
fn exports(kind: PluginKind) -> &'static str {
    match kind {
        PluginKind::Step => include_str!("../../../templates/go/exports/step.go"),
        PluginKind::Login => include_str!("../../../templates/go/exports/login.go"),
        PluginKind::Build => include_str!("../../../templates/go/exports/build.go"),
        PluginKind::Push => include_str!("../../../templates/go/exports/push.go"),
        PluginKind::Config => include_str!("../../../templates/go/exports/config.go"),
    }
}

/// Writes the files that are not there as they must be, and removes packages of interfaces that are no longer imported. Whether anything
/// had to be done.
pub(crate) fn bring_up_to_date(directory: &Path, files: &BTreeMap<String, String>) -> Result<bool, BuildError> {
    let mut changed = false;
    if let Ok(entries) = fs::read_dir(directory) {
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = name.starts_with("windlass_plugin_") || name.starts_with("export_windlass_plugin_");
            if ours && !files.keys().any(|file| file.starts_with(&format!("{name}/"))) {
                fs::remove_dir_all(entry.path()).map_err(BuildError::written(&entry.path()))?;
                changed = true;
            }
        }
    }
    for (name, text) in files {
        let path = directory.join(name);
        if fs::read_to_string(&path).ok().as_deref() == Some(text) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(BuildError::written(parent))?;
        }
        super::super::write(&path, text.as_bytes())?;
        changed = true;
    }
    Ok(changed)
}
