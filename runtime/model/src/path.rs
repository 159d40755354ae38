//! Paths as text, compared without a look at any file system.

/// A path without `.`, `..` after a name, and doubled or trailing slashes. A leading `./` stays, and a relative path that leads upwards begins
/// with `..`.
pub fn normal(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", None) if absolute => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let prefix = match parts.first() {
        _ if absolute => "/",
        Some(&"..") => "",
        _ if path.starts_with("./") => "./",
        _ => "",
    };
    format!("{prefix}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_in_one_way() {
        for (path, expected) in [
            ("./plugins/../evil.wasm", "./evil.wasm"),
            ("./a/./b//c.wasm", "./a/b/c.wasm"),
            ("a/b/../../../c", "../c"),
            ("./../../c", "../../c"),
            ("/a/../../b", "/b"),
            ("a.wasm", "a.wasm"),
            ("src/", "src"),
            ("./", "./"),
            ("", ""),
        ] {
            assert_eq!(normal(path), expected, "{path}");
            assert_eq!(normal(&normal(path)), expected, "{path} twice");
        }
    }
}
