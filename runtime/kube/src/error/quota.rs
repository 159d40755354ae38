//! A quota that is used up, out of the words in which admission refuses (`plugin/pkg/admission/resourcequota` in kubernetes/kubernetes).

use std::fmt;

use kube::core::Status;

/// What a quota said when it had no room left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    name: String,
    /// For each resource that falls short: its name, what was asked for, what is used and what there is.
    short: Vec<(String, String, String, String)>,
}

/// The quota that refused an object because others use up what it has; `None` for any other refusal, and where there can never be room for
/// it: it alone asks for more than the quota has.
pub fn exceeded(status: &Status) -> Option<Quota> {
    let (_, rest) = (status.code == 403).then(|| status.message.split_once("exceeded quota: "))??;
    let (name, rest) = rest.split_once(", requested: ")?;
    let (requested, rest) = rest.split_once(", used: ")?;
    let (used, limited) = rest.split_once(", limited: ")?;
    let of = |list: &str, resource: &str| {
        list.split(',')
            .filter_map(|entry| entry.trim().split_once('='))
            .find(|(key, _)| *key == resource)
            .map(|(_, amount)| amount.to_owned())
    };
    let mut short = Vec::new();
    for (resource, asked) in requested.split(',').filter_map(|entry| entry.trim().split_once('=')) {
        let (used, has) = (of(used, resource)?, of(limited, resource)?);
        if amount(asked)? > amount(&has)? {
            return None;
        }
        short.push((resource.to_owned(), asked.to_owned(), used, has));
    }
    Some(Quota { name: name.to_owned(), short })
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "quota {} has no room:", self.name)?;
        for (number, (resource, asked, used, has)) in self.short.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma} {resource} {used} of {has} used, {asked} asked for")?;
        }
        Ok(())
    }
}

/// A Kubernetes quantity as a number. Near enough to tell more from less.
fn amount(text: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 15] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let found = SUFFIXES.into_iter().find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, factor)));
    let (number, factor) = found.unwrap_or((text, 1.0));
    number.parse::<f64>().ok().map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rest: &str) -> Option<String> {
        let message = format!("pods \"windlass-a\" is forbidden: exceeded quota: {rest}");
        exceeded(&Status::failure(&message, "Forbidden").with_code(403)).map(|quota| quota.to_string())
    }

    #[test]
    fn a_quota_that_others_use_up_is_told_with_its_numbers() {
        assert_eq!(
            of("three, requested: pods=1, used: pods=3, limited: pods=3").as_deref(),
            Some("quota three has no room: pods 3 of 3 used, 1 asked for")
        );
        assert_eq!(
            of("team, requested: limits.memory=64Mi,requests.cpu=500m, used: limits.memory=1Gi,requests.cpu=3800m, limited: \
                limits.memory=1Gi,requests.cpu=4")
            .as_deref(),
            Some(
                "quota team has no room: limits.memory 1Gi of 1Gi used, 64Mi asked for, requests.cpu 3800m of 4 used, 500m asked for"
            )
        );
    }

    #[test]
    fn what_can_never_fit_is_not_waited_for() {
        assert_eq!(of("team, requested: requests.cpu=4, used: requests.cpu=0, limited: requests.cpu=2"), None);
        assert_eq!(of("team, requested: limits.memory=2Gi, used: limits.memory=0, limited: limits.memory=1500Mi"), None);
        assert_eq!(of("words that nobody knows"), None);
        let other = Status::failure("pods \"a\" is forbidden: failed quota: compute: must specify limits.cpu", "Forbidden")
            .with_code(403);
        assert_eq!(exceeded(&other), None);
    }
}
