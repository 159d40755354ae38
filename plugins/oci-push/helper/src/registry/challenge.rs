//! `WWW-Authenticate`: how a registry wants to be asked.

/// What the registry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String>, error: Option<String> },
}

impl Challenge {
    /// The first challenge that can be met; a token rather than a password where both will do.
    pub(super) fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut basic = None;
        for header in headers {
            let (scheme, parameters) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
            if scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Self::Basic);
            }
            if scheme.eq_ignore_ascii_case("bearer") {
                let [mut realm, mut service, mut error] = [None, None, None];
                for (name, value) in Parameters(parameters) {
                    match name.to_ascii_lowercase().as_str() {
                        "realm" => realm = Some(value),
                        "service" => service = Some(value),
                        "error" => error = Some(value),
                        _ => {}
                    }
                }
                if let Some(realm) = realm {
                    return Some(Self::Bearer { realm, service, error });
                }
            }
        }
        basic
    }
}

/// `name="value"` pairs between commas; quotes may be missing, and may hold commas.
struct Parameters<'a>(&'a str);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a str, String);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches([' ', ',']);
        let (name, rest) = rest.split_once('=')?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_text(quoted),
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (value, rest) = rest.split_at(end);
                (value.trim().to_owned(), rest)
            }
        };
        self.0 = rest;
        Some((name.trim(), value))
    }
}

/// The text up to the closing quote, and what follows it.
fn quoted_text(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_challenge_names_the_token_service() {
        let header = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push",error="invalid_token""#;
        let expected = Challenge::Bearer {
            realm: "https://auth.docker.io/token".into(),
            service: Some("registry.docker.io".into()),
            error: Some("invalid_token".into()),
        };
        assert_eq!(Challenge::parse([header]), Some(expected));
    }

    #[test]
    fn odd_challenges_are_read_as_meant() {
        assert_eq!(Challenge::parse(["Basic realm=\"a, b\""]), Some(Challenge::Basic));
        assert_eq!(Challenge::parse(["Negotiate", "basic"]), Some(Challenge::Basic));
        let bare = Challenge::Bearer { realm: "http://h/t".into(), service: Some("a\"b".into()), error: None };
        assert_eq!(Challenge::parse(["BASIC realm=x", r#"bearer realm=http://h/t , service="a\"b""#]), Some(bare));
        for nothing in ["", "Bearer", "Bearer service=\"x\"", "Negotiate", "Bearer realm"] {
            assert_eq!(Challenge::parse([nothing]), None, "{nothing}");
        }
    }
}
