//! The ways to give a secret, written out to be copied.

use windlass_model::secret::SecretName;

/// How to give the value of a secret to a command, one way a line.
pub fn ways(name: &SecretName, command: &str) -> Vec<String> {
    let plain = name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let harmless = name.as_str().chars().all(|c| c.is_ascii_alphanumeric() || "_.-/:@".contains(c));
    let word = |text: String| match harmless {
        true => text,
        false => shlex::try_quote(&text).map_or(text.clone(), std::borrow::Cow::into_owned),
    };
    let key = if plain { name.to_string() } else { serde_json::Value::from(name.as_str()).to_string() };
    vec![
        format!("{command} --secret {}", word(format!("{name}=file:PATH"))),
        format!("{command} --secret {}", word(if plain { format!("{name}=env:{name}") } else { format!("{name}=env:VARIABLE") })),
        format!("{command} --secret '{name}=cmd:COMMAND'"),
        format!("in windlass.yaml:  secrets: {{{key}: {{file: PATH}}}}"),
    ]
}
