//! The one function whose name JavaScript cannot have.
//!
//! Every interface is a module whose `default` is the interface itself, so a function `default` in it ends componentize-qjs 0.4.5 with "duplicate
//! exported name". While a plugin is built, the function has a name of the same length; in the component, it has its own again.

use std::ops::Range;

use wasmparser::{Parser, Payload};

/// The name in WIT, and in JavaScript.
const NAME: &str = "default";
const IN_JAVASCRIPT: &str = "current";

// Nothing of the component moves when one takes the place of the other.
const _: () = assert!(NAME.len() == IN_JAVASCRIPT.len());

/// What a function is called while a plugin is built, if it is not its name.
pub(in crate::build) fn other_name(name: &str) -> Option<&'static str> {
    (name == NAME).then_some(IN_JAVASCRIPT)
}

/// Gives the function its name back, where the component as a whole names what it imports. Inside of its modules nothing changes.
pub(super) fn given_back(mut component: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for payload in Parser::new(0).parse_all(&component) {
        match payload.map_err(|e| e.to_string())? {
            Payload::ComponentTypeSection(section) => places.push(section.range()),
            Payload::ComponentAliasSection(section) => places.push(section.range()),
            _ => {}
        }
    }
    let written = |name: &str| [&[name.len() as u8], name.as_bytes()].concat();
    let (from, to) = (written(IN_JAVASCRIPT), written(NAME));
    for place in places {
        let Some(section) = component.get_mut(place) else { continue };
        let found: Vec<usize> =
            section.windows(from.len()).enumerate().filter(|(_, bytes)| *bytes == from).map(|(at, _)| at).collect();
        for at in found {
            if let Some(name) = section.get_mut(at..at + to.len()) {
                name.copy_from_slice(&to);
            }
        }
    }
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_imports_the_function_under_its_own_name() {
        let text = r#"(component
            (import "a" (instance $a (export "current" (func)) (export "other" (func))))
            (core module $m (import "a" "current" (func)))
            (core func $f (canon lower (func $a "current")))
            (core instance $i (export "current" (func $f)))
            (core instance (instantiate $m (with "a" (instance $i))))
        )"#;
        let given = given_back(wat::parse_str(text).unwrap_or_else(|e| panic!("{e}"))).unwrap_or_else(|e| panic!("{e}"));
        let expected = r#"(component
            (import "a" (instance $a (export "default" (func)) (export "other" (func))))
            (core module $m (import "a" "current" (func)))
            (core func $f (canon lower (func $a "default")))
            (core instance $i (export "current" (func $f)))
            (core instance (instantiate $m (with "a" (instance $i))))
        )"#;
        assert_eq!(given, wat::parse_str(expected).unwrap_or_else(|e| panic!("{e}")));
    }

    /// Otherwise one function of an interface would take the name of another.
    #[test]
    fn no_function_of_the_package_has_the_other_name() {
        for (file, text) in crate::wit::PACKAGE {
            assert!(!text.contains(&format!("  {IN_JAVASCRIPT}: ")), "{file}");
        }
    }
}
