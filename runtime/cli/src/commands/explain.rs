//! `windlass explain`.

use serde_json::json;
use windlass_config::Code;

use crate::args::{ExplainArgs, TableFormat};
use crate::failure::Failure;
use crate::output;

/// Prints what a kind of problem means and what to do, or lists the kinds.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &ExplainArgs) -> Result<(), Failure> {
    match (args.output, args.code) {
        (TableFormat::Text, Some(code)) => output::text(&text(code)),
        (TableFormat::Text, None) => output::text(&list()),
        (TableFormat::Json, Some(code)) => output::json(&json!({"code": code, "title": code.title(), "text": body(code)})),
        (TableFormat::Json, None) => {
            let all = Code::ALL.iter().map(|code| json!({"code": code, "title": code.title()}));
            output::json(&all.collect::<Vec<_>>())
        }
    }
}

fn text(code: Code) -> String {
    format!("{code}: {}\n{}", code.title(), body(code))
}

/// The page without its heading.
fn body(code: Code) -> &'static str {
    code.page().split_once('\n').map_or("", |(_, body)| body)
}

fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or_default();
    Code::ALL.iter().map(|code| format!("{:width$}  {}\n", code.name(), code.title())).collect()
}
