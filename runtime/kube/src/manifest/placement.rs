//! Which nodes may take the pod.

use k8s_openapi::api::core::v1::{Affinity, NodeAffinity, NodeSelector, NodeSelectorTerm};
use serde_json::Value;

/// A node selector term that Kubernetes would refuse, or worse, read as something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNodeSelector {
    /// It does not have the shape of a term.
    #[error("node selector term {number} is not one: {message}")]
    Shape {
        /// Its place in the list, from one.
        number: usize,
        /// What is wrong with it.
        message: String,
    },
    /// It has a field that Kubernetes would ignore in silence.
    #[error(
        "node selector term {number} holds something that Kubernetes does not know: `{given}` would be read as `{understood}`; \
         a term takes `matchExpressions` and `matchFields`, lists of `key`, `operator` and `values`"
    )]
    Unknown {
        /// Its place in the list, from one.
        number: usize,
        /// The term as written.
        given: String,
        /// What is left of it.
        understood: String,
    },
}

/// The terms, any of which a node must meet.
pub(super) fn affinity(terms: &[Value]) -> Result<Option<Affinity>, InvalidNodeSelector> {
    if terms.is_empty() {
        return Ok(None);
    }
    let node_selector_terms = terms.iter().enumerate().map(|(i, value)| term(i + 1, value)).collect::<Result<_, _>>()?;
    let required = NodeSelector { node_selector_terms };
    let node_affinity =
        NodeAffinity { required_during_scheduling_ignored_during_execution: Some(required), ..NodeAffinity::default() };
    Ok(Some(Affinity { node_affinity: Some(node_affinity), ..Affinity::default() }))
}

fn term(number: usize, given: &Value) -> Result<NodeSelectorTerm, InvalidNodeSelector> {
    let shape = |e: serde_json::Error| InvalidNodeSelector::Shape { number, message: e.to_string() };
    let term: NodeSelectorTerm = serde_json::from_value(given.clone()).map_err(shape)?;
    let understood = serde_json::to_value(&term).map_err(shape)?;
    if &understood != given {
        return Err(InvalidNodeSelector::Unknown { number, given: given.to_string(), understood: understood.to_string() });
    }
    Ok(term)
}
