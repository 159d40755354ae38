//! The built-in plugin `image-lookup`: asks a registry, from inside the pod, whether it has an image, and tells the steps that follow by
//! a variable. An image that is not there is no failure.

use windlass_oci_embedded::Program;
use windlass_plugin_sdk::{Error, Needs, Step, containers, log, plugin, registries, request, unsupported, variables};

request! {
    /// What to look for.
    pub struct Lookup {
        /// The image, written as for `docker pull`.
        reference: Option<String>,
        /// The variable that gets its digest; it stays unchanged when there is no such image.
        variable: Option<String>,
    }
}

struct ImageLookup;

impl Step for ImageLookup {
    type Request = Lookup;

    fn requirements(request: &Lookup) -> Result<Needs, Error> {
        wanted(request).map(|_| Needs::default())
    }

    fn run(request: Lookup) -> Result<(), Error> {
        let (reference, variable) = wanted(&request)?;
        let container = containers::default()?;
        match Program::place(&container, &registries::known()?)?.resolve(reference)? {
            Some(digest) => {
                log::info(format!("{reference} already exists: {digest}"));
                variables::set(variable, &digest, false)
            }
            None => {
                log::info(format!("{reference} does not exist yet"));
                Ok(())
            }
        }
    }
}

/// The image and the variable.
fn wanted(request: &Lookup) -> Result<(&str, &str), Error> {
    let given = |value: &Option<String>| value.as_deref().filter(|text| !text.trim().is_empty()).is_some();
    match (&request.reference, &request.variable) {
        (Some(reference), Some(variable)) if given(&request.reference) && given(&request.variable) => Ok((reference, variable)),
        (_, _) if !given(&request.reference) => Err(unsupported("reference", "say which image, such as gcr.io/my-project/app:1")),
        _ => Err(unsupported("variable", "say which variable gets the digest")),
    }
}

plugin! {
    step ImageLookup,
    name: "image-lookup",
    description: "Checks whether a registry has an image, and sets a variable to its digest if it does.",
    powers: {
        "containers" only ["main"]: "runs, in the task's container, the program that asks the registry",
        "registries": "reads which registries have their own certificate authority or are marked insecure",
        "environment-set" only ["*", "WINDLASS_ENVIRONMENT_DIGEST"]: "passes the digest to later steps",
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fields_are_needed() {
        let lookup =
            |reference: &str, variable: &str| Lookup { reference: Some(reference.into()), variable: Some(variable.into()) };
        assert!(matches!(wanted(&lookup("a:1", "V")), Ok(("a:1", "V"))));
        for (request, field) in [(lookup("", "V"), "reference"), (lookup("a:1", " "), "variable")] {
            match wanted(&request) {
                Err(Error::Unsupported(refusal)) => assert_eq!(refusal.field, field),
                other => panic!("{other:?}"),
            }
        }
    }
}
