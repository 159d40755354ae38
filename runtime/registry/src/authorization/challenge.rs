//! `WWW-Authenticate`: how a registry wants to be asked.

use http_auth::ChallengeRef;
use http_auth::parser::ChallengeParser;

/// What the registry wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// A name and a password.
    Basic,
    /// A token of a token service.
    Bearer { realm: String, service: Option<String>, error: Option<String> },
}

impl Challenge {
    /// The first challenge that can be met; a token rather than a password where both will do.
    pub(crate) fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut basic = None;
        for header in headers {
            // What follows a malformed part has no meaning.
            for challenge in ChallengeParser::new(header).map_while(Result::ok) {
                if challenge.scheme.eq_ignore_ascii_case("basic") {
                    basic = Some(Self::Basic);
                }
                if challenge.scheme.eq_ignore_ascii_case("bearer")
                    && let Some(realm) = parameter(&challenge, "realm")
                {
                    let (service, error) = (parameter(&challenge, "service"), parameter(&challenge, "error"));
                    return Some(Self::Bearer { realm, service, error });
                }
            }
        }
        basic
    }
}

fn parameter(challenge: &ChallengeRef<'_>, name: &str) -> Option<String> {
    let found = challenge.params.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_unescaped())
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
        assert_eq!(Challenge::parse(["BASIC realm=x", "Negotiate"]), Some(Challenge::Basic));
        let bare = Challenge::Bearer { realm: "https://h/t".into(), service: Some("a\"b".into()), error: None };
        assert_eq!(Challenge::parse(["Basic realm=x", r#"bearer realm="https://h/t", service="a\"b""#]), Some(bare.clone()));
        assert_eq!(Challenge::parse([r#"Basic realm="x", Bearer realm="https://h/t",service="a\"b""#]), Some(bare));
        for nothing in ["", "Bearer", "Bearer service=\"x\"", "Negotiate", "\u{1}", "Bearer realm"] {
            assert_eq!(Challenge::parse([nothing]), None, "{nothing}");
        }
    }
}
