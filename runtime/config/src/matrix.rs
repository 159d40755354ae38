//! `matrix`: one copy of a task for each variant, wherever under the task the word stands.

use crate::diagnostics::{Code, Diagnostic};
use crate::problems::Problems;
use crate::source::Span;
use crate::yaml::{Entry, Node, Origin, Value};
use std::rc::Rc;

const MATRIX: &str = "matrix";

/// How many tasks a file may come to. Matrices multiply, so a short file can ask for any number.
const MOST_TASKS: usize = 500;

/// The weight that all tasks together may have, what they inherit included.
const HEAVIEST: u64 = 600_000;

/// A task with no matrix left in it.
pub(crate) struct Copy {
    pub node: Rc<Node>,
    /// What the matrix chose for this copy, as `key:value`.
    pub labels: Vec<String>,
}

/// Makes the copies of all tasks of a file, within what a file may come to.
pub(crate) struct Copies {
    /// What each copy weighs besides its own text.
    inherited: u64,
    tasks: usize,
    weight: u64,
}

impl Copies {
    pub(crate) fn new(inherited: u64) -> Self {
        Self { inherited, tasks: 0, weight: 0 }
    }

    /// Every copy of a task, in the order of the variants, the first matrix of the text varying slowest.
    pub(crate) fn of(&mut self, task: &Rc<Node>, place: Span, problems: &Problems) -> Vec<Copy> {
        match self.expand(task, place) {
            Ok(copies) => copies,
            Err(problem) => {
                problems.push(*problem);
                Vec::new()
            }
        }
    }

    fn expand(&mut self, task: &Rc<Node>, place: Span) -> Result<Vec<Copy>, Box<Diagnostic>> {
        self.add(1, task.size.weight, place)?;
        let mut done = Vec::new();
        let mut open = vec![Copy { node: Rc::clone(task), labels: Vec::new() }];
        while let Some(copy) = open.pop() {
            if !copy.node.size.has_matrix {
                done.push(copy);
                continue;
            }
            // Paid before it is made: a thousand variants of a large map are large.
            self.add(variant_count(&copy.node).saturating_sub(1), copy.node.size.weight, place)?;
            open.extend(
                first(&copy.node)?.into_iter().rev().map(|variant| Copy {
                    node: variant.node,
                    labels: copy.labels.iter().cloned().chain(variant.labels).collect(),
                }),
            );
        }
        Ok(done)
    }

    fn add(&mut self, tasks: usize, weight_each: u64, place: Span) -> Result<(), Box<Diagnostic>> {
        let weight = weight_each.saturating_add(self.inherited).saturating_mul(tasks as u64);
        self.tasks = self.tasks.saturating_add(tasks);
        self.weight = self.weight.saturating_add(weight);
        let message = if self.tasks > MOST_TASKS {
            format!("a file may expand to {MOST_TASKS} tasks, and with this one it has more")
        } else if self.weight > HEAVIEST {
            "with this one, the tasks of the file are too large together".to_owned()
        } else {
            return Ok(());
        };
        let problem = Diagnostic::error(Code::TooMuchExpansion, place, message);
        Err(Box::new(problem.help("every copy that a matrix makes counts")))
    }
}

/// The variants of the first matrix in a node.
fn variant_count(node: &Node) -> usize {
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .find_map(|entry| match &entry.value.value {
                Value::Map(variants) if &*entry.key.text == MATRIX => Some(variants.len()),
                Value::List(variants) if &*entry.key.text == MATRIX => Some(variants.len()),
                _ if entry.value.size.has_matrix => Some(variant_count(&entry.value)),
                _ => None,
            })
            .unwrap_or(1),
        Value::List(items) => items.iter().find(|item| item.size.has_matrix).map_or(1, |item| variant_count(item)),
        Value::Text(_) => 1,
    }
}

/// One way to write out the first matrix of a node.
struct Variant {
    node: Rc<Node>,
    labels: Vec<String>,
}

type Variants = Result<Vec<Variant>, Box<Diagnostic>>;

/// Writes out the first matrix in the order of the text.
fn first(node: &Rc<Node>) -> Variants {
    match &node.value {
        Value::Map(entries) => {
            for (at, entry) in entries.iter().enumerate() {
                if &*entry.key.text == MATRIX {
                    return splice(node, entries, at, entry);
                }
                if entry.value.size.has_matrix {
                    let with = |value: Rc<Node>| {
                        let mut entries = entries.clone();
                        if let Some(slot) = entries.get_mut(at) {
                            slot.value = value;
                        }
                        Node::map(entries, node.span)
                    };
                    return inside(&entry.value, with);
                }
            }
        }
        Value::List(items) => {
            if let Some((at, item)) = items.iter().enumerate().find(|(_, item)| item.size.has_matrix) {
                let with = |value: Rc<Node>| {
                    let mut items = items.clone();
                    if let Some(slot) = items.get_mut(at) {
                        *slot = value;
                    }
                    Node::list(items, node.span)
                };
                return inside(item, with);
            }
        }
        Value::Text(_) => {}
    }
    Ok(Vec::new())
}

fn inside(child: &Rc<Node>, with: impl Fn(Rc<Node>) -> Node) -> Variants {
    let variants = first(child)?;
    Ok(variants.into_iter().map(|variant| Variant { node: Rc::new(with(variant.node)), labels: variant.labels }).collect())
}

/// Puts each variant's keys where `matrix` stands.
fn splice(node: &Rc<Node>, entries: &[Entry], at: usize, matrix: &Entry) -> Variants {
    let variants = variants(matrix)?;
    Ok(variants
        .into_iter()
        .map(|variant| {
            let labels = variant.iter().flat_map(label).collect();
            let chosen = variant.into_iter().map(|entry| Entry { origin: Origin::Matrix, ..entry });
            let (before, after) = entries.split_at(at);
            let spliced = before.iter().cloned().chain(chosen).chain(after.iter().skip(1).cloned());
            Variant { node: Rc::new(Node::map(spliced.collect(), node.span)), labels }
        })
        .collect())
}

/// A map has a variant in each of its keys, a list of maps one in each item.
fn variants(matrix: &Entry) -> Result<Vec<Vec<Entry>>, Box<Diagnostic>> {
    let wrong = |span, what: &str| {
        let problem = Diagnostic::error(Code::InvalidMatrix, span, format!("a matrix lists maps, and this is {what}"))
            .help("write each variant as `- key: value`, with the key that varies inside");
        Err(Box::new(problem))
    };
    let variants: Vec<Vec<Entry>> = match &matrix.value.value {
        Value::Map(entries) => entries.iter().map(|entry| vec![entry.clone()]).collect(),
        Value::List(items) => {
            let mut variants = Vec::with_capacity(items.len());
            for item in items {
                match item.as_map() {
                    Some(map) => variants.push(map.to_vec()),
                    None => return wrong(item.span, item.describe()),
                }
            }
            variants
        }
        Value::Text(_) => return wrong(matrix.key.span, matrix.value.describe()),
    };
    if variants.is_empty() {
        let problem =
            Diagnostic::error(Code::InvalidMatrix, matrix.key.span, "this matrix has no variants, so the task would vanish");
        return Err(Box::new(problem));
    }
    Ok(variants)
}

/// Keys whose values say when and how a copy runs, not what makes it another.
const CONTROL: [&str; 12] = [
    MATRIX,
    "name",
    "alias",
    "only_if",
    "skip",
    "allow_failures",
    "timeout_in",
    "depends_on",
    "always",
    "on_failure",
    "on_success",
    "on_timeout",
];

/// Endings of keys whose values are work to do.
const INSTRUCTIONS: [&str; 5] = ["script", "cache", "artifacts", "file", "step"];

/// Labels for what a variant sets: the text values in it, under the key that holds them.
fn label(entry: &Entry) -> Vec<String> {
    const LONGEST: usize = 60;
    let key = &*entry.key.text;
    if CONTROL.contains(&key) || INSTRUCTIONS.iter().any(|ending| key.ends_with(ending)) {
        return Vec::new();
    }
    match &entry.value.value {
        Value::Text(text) if text.text.chars().count() <= LONGEST && !text.text.contains('\n') => {
            vec![format!("{key}:{}", text.text)]
        }
        Value::Map(entries) => entries.iter().flat_map(label).take(8).collect(),
        Value::Text(_) | Value::List(_) => Vec::new(),
    }
}
