//! The ways to give a secret, written out to be copied.

use windlass_model::secret::SecretName;

/// How to give the value of a secret, one way a line.
pub fn ways(name: &SecretName) -> Vec<String> {
    vec![
        format!("windlass run --secret {name}=file:PATH"),
        format!("windlass run --secret {name}=env:{name}"),
        format!("windlass run --secret '{name}=cmd:COMMAND'"),
        format!("in windlass.yaml:  secrets: {{{name}: {{file: PATH}}}}"),
    ]
}
