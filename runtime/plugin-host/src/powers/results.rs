//! The power `results`: named values, and remarks on lines of files.

use windlass_model::event::Level;
use windlass_model::plugin::{Power, Powers};
use windlass_model::result::{Annotation, ResultName, ResultValue};

use crate::bindings::powers::windlass::plugin::results::{self, Annotation as WitAnnotation, Severity, Value};
use crate::bindings::powers::windlass::plugin::types::Error;
use crate::powers::sizes;
use crate::state::{State, failed};
use crate::words;

/// The most results that one call of an export says.
const MOST_RESULTS: usize = 64;

/// The most remarks.
const MOST_ANNOTATIONS: usize = 1000;

/// How much one instance has said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    results: usize,
    annotations: usize,
}

/// Counts one more, up to the most.
fn count(said: &mut usize, most: usize, what: &str) -> Result<(), Error> {
    if *said >= most {
        return Err(failed(format!("this plugin has said {most} {what}, which is the most")));
    }
    *said += 1;
    Ok(())
}

impl State {
    async fn set_result(&mut self, name: String, value: Value) -> Result<(), Error> {
        self.allow(Power::Results)?;
        sizes::fits("a result's name", name.len(), sizes::NAME)?;
        let parsed = ResultName::parse(&name).map_err(|why| failed(format!("`{}`: {why}", words::name(&name))))?;
        let value = read(value).map_err(|why| failed(format!("the result {name}: {}", words::bounded(&why))))?;
        let allows = |powers: &Powers| powers.results.as_ref().is_some_and(|scope| scope.allows(&name));
        let widen = |powers: &mut Powers| powers.results = powers.results.take().map(|scope| scope.including(&name));
        let reach = self.allow_one(Power::Results, &name, allows, widen)?;
        count(&mut self.said.results, MOST_RESULTS, "results")?;
        reach.wait(reach.pod()?.set_result(&parsed, value)).await
    }

    async fn add_annotation(&mut self, annotation: WitAnnotation) -> Result<(), Error> {
        let reach = self.allow(Power::Results)?;
        let checked = told(annotation).checked().map_err(|why| failed(format!("an annotation: {why}")))?;
        count(&mut self.said.annotations, MOST_ANNOTATIONS, "annotations")?;
        let pod = reach.pod()?;
        let told = async {
            pod.annotate(checked).await;
            Ok(())
        };
        reach.wait(told).await
    }
}

fn read(value: Value) -> Result<ResultValue, String> {
    match value {
        Value::Text(text) => ResultValue::text(text),
        Value::Image(image) => ResultValue::image(image.reference, &image.digest),
        Value::Digest(digest) => ResultValue::digest(&digest),
        Value::Url(url) => ResultValue::url(url),
        Value::Count(count) => Ok(ResultValue::Count(count)),
    }
}

fn told(annotation: WitAnnotation) -> Annotation {
    Annotation {
        path: annotation.path,
        line: annotation.line,
        end_line: annotation.end_line,
        column: annotation.column,
        end_column: annotation.end_column,
        level: match annotation.severity {
            Severity::Notice => Level::Info,
            Severity::Warning => Level::Warning,
            Severity::Error => Level::Error,
        },
        title: annotation.title,
        message: annotation.message,
    }
}

impl results::Host for State {
    async fn set(&mut self, name: String, value: Value) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.set_result(name, value).await)
    }

    async fn annotate(&mut self, annotation: WitAnnotation) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.add_annotation(annotation).await)
    }
}
