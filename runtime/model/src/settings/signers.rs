//! Who signs plugins, and what those may do that somebody has signed.

use serde::Serialize;

use super::PluginGrant;
use crate::pattern::Pattern;

/// One entry of `signers`: somebody whose signatures the platform trusts, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustedSigner {
    /// What the settings call it.
    pub name: String,
    /// How its signatures are known.
    pub by: SignedBy,
    /// The repositories whose plugins it vouches for, as `REGISTRY/REPOSITORY`; of layouts on disk, their paths.
    pub reach: Vec<Pattern>,
    /// Whether the settings count that a bundle brings which it has signed.
    pub settings: bool,
    /// What the plugins may do that it has signed, by the name that each calls itself.
    pub plugins: Vec<PluginGrant>,
}

/// How signatures are known. Files count from the directory of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedBy {
    /// By a key.
    Key {
        /// The file with its public half, in PEM.
        file: String,
    },
    /// By a certificate that names a person or a workflow.
    Certificate {
        /// Whom it names.
        identity: String,
        /// Who vouches for that.
        issuer: String,
        /// The file with the authorities.
        trusted_root: String,
    },
}

impl TrustedSigner {
    /// Whether it vouches for what lies in a repository, or at a path.
    pub fn reaches(&self, place: &str) -> bool {
        self.reach.iter().any(|pattern| pattern.matches_path(place))
    }

    /// What it grants to a plugin that calls itself so: the entry of that name, else the first whose pattern fits.
    pub fn grant(&self, name: &str) -> Option<&PluginGrant> {
        let named = self.plugins.iter().find(|grant| grant.plugin.0 == name);
        named.or_else(|| self.plugins.iter().find(|grant| grant.plugin.matches(name)))
    }
}

/// What one of the settings' signers has to do with a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vouching {
    /// What the settings call the signer.
    pub signer: String,
    /// The settings file that trusts it, as a person would name it.
    pub file: String,
    /// Whether it vouches for the plugin.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Whether a signer vouches for a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It has signed the plugin, or the bundle that the plugin is in: with which key or certificate.
    Signed(String),
    /// It has not: why no signature counts, as the end of a sentence that begins with the plugin.
    Unsigned(String),
    /// Its word does not count for what lies there.
    OutOfReach(String),
    /// No signature can lie beside a bare component: the same, as the end of such a sentence.
    #[serde(rename = "unsigned")]
    Bare(String),
}

impl Vouching {
    /// Whether it vouches for the plugin.
    pub fn counts(&self) -> bool {
        matches!(self.verdict, Verdict::Signed(_))
    }

    /// Why it does not; `None` where it does.
    pub fn why_not(&self) -> Option<String> {
        match &self.verdict {
            Verdict::Signed(_) => None,
            Verdict::Unsigned(why) | Verdict::Bare(why) => Some(why.clone()),
            Verdict::OutOfReach(place) => Some(format!("{place} is beyond its `reach`")),
        }
    }

    /// With which key or certificate it has signed the plugin, or why its word does not count.
    pub fn in_words(&self) -> String {
        match &self.verdict {
            Verdict::Signed(by) => format!("signed by {by}"),
            _ => self.why_not().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::Powers;

    fn signer(reach: &[&str], plugins: &[&str]) -> TrustedSigner {
        let pattern = |text: &&str| Pattern((*text).to_owned());
        TrustedSigner {
            name: "ci".into(),
            by: SignedBy::Key { file: "ci.pub".into() },
            reach: reach.iter().map(pattern).collect(),
            settings: false,
            plugins: plugins.iter().map(|name| PluginGrant { plugin: pattern(name), powers: Powers::default() }).collect(),
        }
    }

    #[test]
    fn a_signer_reaches_what_its_patterns_name_and_nothing_beside() {
        for (reach, place, expected) in [
            ("r.corp/ci/*", "r.corp/ci/windlass", true),
            ("r.corp/ci/*", "r.corp/ci-evil/windlass", false),
            ("r.corp/ci/*", "r.corp.evil.example/ci/windlass", false),
            ("r.corp/ci/*", "ghcr.io/r.corp/ci/windlass", false),
            ("r.corp/ci/windlass", "r.corp/ci/windlass", true),
            ("/opt/bundles/*", "/opt/bundles/corp.tar", true),
            ("/opt/bundles/*", "/opt/bundles/../evil.tar", false),
            ("r.corp/*", "/r.corp/ci", false),
            ("*", "/anything", true),
        ] {
            assert_eq!(signer(&[reach], &[]).reaches(place), expected, "{reach} on {place}");
        }
        assert!(!signer(&[], &[]).reaches("r.corp/ci"));
    }

    #[test]
    fn the_entry_of_a_name_goes_before_those_of_patterns() {
        let signer = signer(&["*"], &["*", "scan*", "scan"]);
        let entry = |name: &str| signer.grant(name).map(|grant| grant.plugin.0.as_str());
        assert_eq!([entry("scan"), entry("scanner"), entry("notify")], [Some("scan"), Some("*"), Some("*")]);
    }
}
