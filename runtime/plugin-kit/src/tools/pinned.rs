//! Tools that are installed once, in one version each, by the package manager of their language. Every file is checked against a digest that
//! windlass carries, and nothing that a package brings along is run while it is installed.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ToolError, Tools, run};

const QJS: &str = "componentize-qjs-0.4.5";
const QJS_FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("../../templates/tools/package.json")),
    ("package-lock.json", include_str!("../../templates/tools/package-lock.json")),
];

const PY: &str = "componentize-py-0.25.1";
const PY_FILES: [(&str, &str); 1] = [("requirements.txt", include_str!("../../templates/tools/requirements.txt"))];

/// The script of componentize-qjs, which `node` runs.
///
/// # Errors
/// When it is not installed and cannot be.
pub(crate) fn componentize_qjs(tools: &Tools, say: &dyn Fn(&str)) -> Result<PathBuf, ToolError> {
    let directory = installed(tools, QJS, &QJS_FILES, |directory| {
        let npm = tools.find("npm", "installs componentize-qjs", "install Node.js 18 or later with npm (https://nodejs.org)")?;
        say(&format!("installing {QJS} with npm, once, in {}", tools.cache.display()));
        run(tools.command(npm, directory).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])).map(drop)
    })?;
    Ok(directory.join("node_modules/componentize-qjs/bin/componentize-qjs"))
}

/// The directory of the Python package componentize-py.
///
/// # Errors
/// When it is not installed and cannot be.
pub(crate) fn componentize_py(tools: &Tools, python: &Path, say: &dyn Fn(&str)) -> Result<PathBuf, ToolError> {
    let directory = installed(tools, PY, &PY_FILES, |directory| {
        say(&format!("installing {PY} with pip, once, in {}", tools.cache.display()));
        let pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"];
        let exactly = ["--target", "lib", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", "requirements.txt"];
        run(tools.command(python, directory).args(pip).args(exactly)).map(drop)
    })?;
    Ok(directory.join("lib"))
}

/// The directory of a tool. One that is not there yet is made elsewhere and moved, so that nobody finds half of it.
fn installed(
    tools: &Tools,
    name: &str,
    files: &[(&str, &str)],
    install: impl FnOnce(&Path) -> Result<(), ToolError>,
) -> Result<PathBuf, ToolError> {
    let directory = tools.cache.join(name);
    if directory.is_dir() {
        return Ok(directory);
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| ToolError::Cache { path, source }
    };
    fs::create_dir_all(&tools.cache).map_err(failed(&tools.cache))?;
    let staged = tempfile::Builder::new().prefix(".installing-").tempdir_in(&tools.cache).map_err(failed(&tools.cache))?;
    for (file, text) in files {
        let path = staged.path().join(file);
        fs::write(&path, text).map_err(failed(&path))?;
    }
    install(staged.path())?;
    match fs::rename(staged.path(), &directory) {
        Ok(()) => Ok(directory),
        // Another build was faster.
        Err(_) if directory.is_dir() => Ok(directory),
        Err(source) => Err(ToolError::Cache { path: directory, source }),
    }
}
