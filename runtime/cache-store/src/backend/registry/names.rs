//! What registries and tags are called.

use crate::names::RecordName;

/// `CLASS-AREA-LINE-ID`.
pub(super) fn tag(name: &RecordName) -> String {
    format!("{}-{}-{}-{}", name.class.letter(), name.area.as_str(), name.line, name.id)
}

/// Reads what [`tag`] wrote.
pub(super) fn parse(tag: &str) -> Option<RecordName> {
    let mut parts = tag.split('-');
    let (class, area, line, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    RecordName::parse(area, line, &format!("{class}-{id}"))
}

/// Whether a host, which may have a port, is this machine to itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.ends_with(".localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use windlass_model::cache::CacheScope;

    use crate::names::Class;

    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written_and_fit() {
        let scope = CacheScope { namespace: "n".repeat(500), line: "feature/ü".into() };
        for class in [Class::Key, Class::Name, Class::Http] {
            let name = RecordName::of(&scope, class, "any key / at all");
            let tag = tag(&name);
            assert!(windlass_model::image::is_tag(&tag), "{tag}");
            assert_eq!(parse(&tag), Some(name));
        }
        for other in ["latest", "c-0-0-0", "sha256-abc", &format!("{}-x", tag(&RecordName::of(&scope, Class::Key, "k")))] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for own in ["localhost", "localhost:5000", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000", "a.localhost"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in ["registry.corp:5000", "10.0.0.1", "localhost.corp", "[2001:db8::1]:5000"] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
