//! Variables of a recognised request, filled in as those under `with` are.

use super::Reader;
use crate::variables::{Binding, Expanded, unresolved};
use serde_json::{Map, Number, Value as Json};
use windlass_model::docker::LeftOut;
use windlass_model::handed::Handed;
use windlass_recogniser::{Field, Placed, Refusal, Segment, Text};

impl Reader<'_> {
    /// What stands under `with`. A cache reference that comes out empty is left out, and said to be.
    pub(super) fn request(&self, placed: &Placed, left_out: &mut Vec<LeftOut>) -> Result<Json, Refusal> {
        let refused = |reason: String| Refusal { range: placed.range.clone(), reason, help: None };
        self.fields(&placed.request.with(), "", left_out).map_err(refused)
    }

    fn fields(&self, fields: &[(String, Field)], path: &str, left_out: &mut Vec<LeftOut>) -> Result<Json, String> {
        let mut object = Map::new();
        for (name, field) in fields {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            object.insert(name.clone(), self.value(field, &path, left_out)?);
        }
        Ok(Json::Object(object))
    }

    fn value(&self, field: &Field, path: &str, left_out: &mut Vec<LeftOut>) -> Result<Json, String> {
        match field {
            Field::Text(text) => self.filled(text, path).map(Json::String),
            Field::Number(text) => {
                let number = self.filled(text, path)?;
                let number: u64 =
                    number.parse().map_err(|_| format!("has `{number}` for `{path}`, which takes a whole number"))?;
                Ok(Json::Number(Number::from(number)))
            }
            Field::Secret(variable, handed) => match self.secret_in(variable) {
                Some(name) => {
                    Ok(Json::String(handed.map_or_else(|| name.clone(), |handed| name.handed(model(handed))).to_string()))
                }
                None => Err(format!(
                    "takes a secret from the variable {variable}, which does not hold one: write `{variable}: ENCRYPTED[…]` under `env`"
                )),
            },
            Field::List(texts) => texts.iter().map(|text| self.filled(text, path).map(Json::String)).collect(),
            Field::References(texts) => {
                let mut references = Vec::with_capacity(texts.len());
                for text in texts {
                    match self.reference(&text.exact()) {
                        Some(_) => references.push(Json::String(self.filled(text, path)?)),
                        None => left_out.push(LeftOut {
                            command: format!("--cache-from {text}"),
                            why: "no earlier run is known to be green".to_owned(),
                            notable: true,
                        }),
                    }
                }
                Ok(Json::Array(references))
            }
            Field::Map(fields) => self.fields(fields, path, left_out),
        }
    }

    /// The text, all of whose variables have to be known and plain.
    fn filled(&self, text: &Text, path: &str) -> Result<String, String> {
        // Behind `NAME=` a word stays when its value is empty.
        let is_pair = path.starts_with("build_args.") || path.starts_with("labels.");
        if !is_pair && self.vanishes(text) {
            return Err(format!("uses {text} without quotes, and a shell would leave out its empty value"));
        }
        for variable in text.variables() {
            let name = &variable.name;
            match self.scope.get(name) {
                Some(Binding::Secret) => return Err(format!("uses the secret {name} for `{path}`, which takes plain text")),
                None => return Err(format!("uses the variable {name}, which nothing defines: give it with -e {name}=…")),
                Some(Binding::Text(_)) if variable.quoted => {}
                Some(Binding::Text(_)) => {
                    if self.expanded(&format!("${{{name}}}")).contains(|c: char| c.is_whitespace() || "*?[".contains(c)) {
                        return Err(format!("uses {name} without quotes, and a shell would make several words of its value"));
                    }
                }
            }
        }
        let value = self.expanded(&text.exact());
        match unresolved(&value).first() {
            Some(name) => Err(format!("needs the value of {name} for `{path}`, which is not known before the run")),
            None if path == "context" && value.starts_with('-') => Err(format!("has the flag {value} in place of a context")),
            None => Ok(value),
        }
    }

    /// Whether a word is made of variables without quotes alone, and all of them are empty.
    fn vanishes(&self, text: &Text) -> bool {
        let empty = |segment: &Segment| match segment {
            Segment::Literal(_) => false,
            Segment::Variable(variable) => !variable.quoted && self.scope.get(&variable.name).is_some(),
        };
        !text.segments().is_empty() && text.segments().iter().all(empty) && self.expanded(&text.exact()).is_empty()
    }

    /// A reference, or nothing when its tag comes out empty, as that of the last green image does before a run was green.
    pub(in crate::lower) fn reference(&self, text: &str) -> Option<String> {
        const LAST_GREEN: &str = "CIRRUS_LAST_GREEN_CHANGE";
        // Before anything is filled in: of a name that is not known, a part may be (`$CI`).
        if self.scope.get(LAST_GREEN).is_none() && unresolved(text).contains(LAST_GREEN) {
            return None;
        }
        let expanded = self.expanded(text);
        (!expanded.is_empty() && !expanded.ends_with(':')).then_some(expanded)
    }

    pub(super) fn expanded(&self, text: &str) -> String {
        match self.scope.expand(text) {
            Expanded::Text(text) => text,
            // Left as it stands, its variables are reported as unknown.
            Expanded::TooLong => text.to_owned(),
        }
    }
}

fn model(handed: windlass_recogniser::Handed) -> Handed {
    match handed {
        windlass_recogniser::Handed::Words => Handed::Words,
        windlass_recogniser::Handed::Word => Handed::Word,
    }
}
