//! windlass's own environment, behind a port so that tests need not change the process's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where variables of windlass's own environment are looked up.
pub trait Environment {
    /// The value of a variable; `None` when it is not set.
    fn get(&self, name: &str) -> Option<OsString>;
}

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }
}

impl Environment for BTreeMap<&str, &str> {
    fn get(&self, name: &str) -> Option<OsString> {
        BTreeMap::get(self, name).map(OsString::from)
    }
}

/// Where windlass keeps what it remembers: `windlass` below `$XDG_STATE_HOME`, or below `~/.local/state`.
/// `None` without a home.
pub fn state_directory(environment: &impl Environment) -> Option<PathBuf> {
    directory(environment, "XDG_STATE_HOME", ".local/state")
}

/// Where windlass keeps what it can fetch or make again: `windlass` below `$XDG_CACHE_HOME`, or below `~/.cache`. `None` without a home.
pub fn cache_directory(environment: &impl Environment) -> Option<PathBuf> {
    directory(environment, "XDG_CACHE_HOME", ".cache")
}

/// Where a user's own `windlass.yaml` lies: `windlass` below `$XDG_CONFIG_HOME`, or below `~/.config`. `None` without a home.
pub fn config_directory(environment: &impl Environment) -> Option<PathBuf> {
    directory(environment, "XDG_CONFIG_HOME", ".config")
}

/// Where the system's `windlass.yaml` may lie, the most important directory first: `windlass` below each of `$XDG_CONFIG_DIRS`, and
/// always `/etc/windlass`, which no variable can take away.
pub fn system_config_directories(environment: &impl Environment) -> Vec<PathBuf> {
    let dirs = environment.get("XDG_CONFIG_DIRS").filter(|dirs| !dirs.is_empty()).unwrap_or_else(|| "/etc/xdg".into());
    let dirs = std::env::split_paths(&dirs).filter(|path| path.is_absolute()).map(|path| path.join("windlass"));
    let always = PathBuf::from("/etc/windlass");
    let dirs: Vec<PathBuf> = dirs.filter(|directory| *directory != always).collect();
    [vec![always], dirs].concat()
}

fn directory(environment: &impl Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let absolute = |name: &str| environment.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(below_home)))?;
    Some(base.join("windlass"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_follow_the_xdg_specification() {
        let path = |pairs: &[(&'static str, &'static str)]| state_directory(&pairs.iter().copied().collect::<BTreeMap<_, _>>());
        assert_eq!(path(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]), Some("/s/windlass".into()));
        assert_eq!(path(&[("XDG_STATE_HOME", "relative"), ("HOME", "/h")]), Some("/h/.local/state/windlass".into()));
        assert_eq!(path(&[("HOME", "/h")]), Some("/h/.local/state/windlass".into()));
        assert_eq!(path(&[]), None);
        let system = |value: &'static str| system_config_directories(&BTreeMap::from([("XDG_CONFIG_DIRS", value)]));
        assert_eq!(system(""), ["/etc/windlass", "/etc/xdg/windlass"].map(PathBuf::from));
        assert_eq!(system("/opt/xdg:relative:/etc"), ["/etc/windlass", "/opt/xdg/windlass"].map(PathBuf::from));
    }
}
