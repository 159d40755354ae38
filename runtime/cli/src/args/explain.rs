//! `windlass explain`: which kind of problem is meant.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use windlass_config::Code;

use super::format::TableFormat;

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The word in brackets behind `error`, `warning` or `note`, such as `unknown-key`; without it, every such word is listed
    #[arg(value_name = "CODE", value_parser = code(), hide_possible_values = true)]
    pub code: Option<Code>,

    /// How to print it
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}

fn code() -> impl TypedValueParser<Value = Code> {
    let names = PossibleValuesParser::new(Code::ALL.iter().map(|code| code.name()));
    names.try_map(|name| Code::named(&name).ok_or("no problem has this name"))
}
