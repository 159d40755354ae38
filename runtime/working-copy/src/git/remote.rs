//! The address of `origin`, taken apart.

use windlass_model::url::without_credentials;

/// A repository as its address names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The address for cloning, without credentials: a token must not reach the environment of every command.
    pub clone_url: String,
    /// The host; `None` for a path on this machine.
    pub host: Option<String>,
    /// Everything between host and name: `corp`, `group/subgroup`.
    pub owner: String,
    /// The last part, without `.git`.
    pub name: String,
}

impl Remote {
    /// Reads `https://host/owner/name.git`, `ssh://git@host/…`, `git@host:owner/name` or a path; `None` for anything without
    /// an owner and a name.
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.trim();
        let (host, path) = match url.split_once("://") {
            Some(("file", path)) => (None, path),
            Some((_, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (Some(host_of(authority)), path)
            }
            None => match url.split_once(':') {
                // `git@host:path`; a path with a slash before the colon is a path.
                Some((authority, path)) if !authority.contains('/') => (Some(host_of(authority)), path),
                _ => (None, url),
            },
        };
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let (owner, name) = path.rsplit_once('/')?;
        if owner.is_empty() || name.is_empty() {
            return None;
        }
        Some(Self { clone_url: without_credentials(url).url, host, owner: owner.to_owned(), name: name.to_owned() })
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

fn host_of(authority: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host
        .rsplit_once(':')
        .map_or(host, |(host, port)| if port.bytes().all(|b| b.is_ascii_digit()) { host } else { authority });
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_form_give_owner_and_name() {
        for (url, host, owner, name) in [
            ("https://github.com/corp/app.git", Some("github.com"), "corp", "app"),
            ("https://github.com/corp/app/", Some("github.com"), "corp", "app"),
            ("git@github.com:corp/app.git", Some("github.com"), "corp", "app"),
            ("ssh://git@git.example.com:2222/corp/app", Some("git.example.com"), "corp", "app"),
            ("https://gitlab.com/group/sub/app.git", Some("gitlab.com"), "group/sub", "app"),
            ("/srv/git/corp/app.git", None, "srv/git/corp", "app"),
            ("file:///srv/git/app.git", None, "srv/git", "app"),
            ("../corp/app", None, "../corp", "app"),
        ] {
            let remote = Remote::parse(url).unwrap_or_else(|| panic!("{url}"));
            assert_eq!((remote.host.as_deref(), remote.owner.as_str(), remote.name.as_str()), (host, owner, name), "{url}");
        }
        for url in ["", "app", "https://github.com", "git@github.com:app", "https://github.com/app"] {
            assert_eq!(Remote::parse(url), None, "{url}");
        }
    }

    #[test]
    fn a_token_in_the_address_stays_out_of_the_clone_url() {
        for (url, clean) in [
            ("https://x-access-token:ghp_1@github.com/corp/app", "https://github.com/corp/app"),
            ("https://ghp_1@github.com/corp/app", "https://github.com/corp/app"),
            ("ssh://git:pw@host/corp/app", "ssh://git@host/corp/app"),
            ("git@github.com:corp/app", "git@github.com:corp/app"),
        ] {
            assert_eq!(Remote::parse(url).map(|r| r.clone_url), Some(clean.to_owned()));
        }
    }
}
