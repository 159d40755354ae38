//! What made tasks that are in no file, for people and as data.

use serde_json::{Value, json};
use windlass_model::lines::Lines;
use windlass_model::settings::Verdict;
use windlass_model::task::Task;
use windlass_model::text::one_line;

use super::table;
use crate::generated::{Generated, Made};

/// A line for each file that a plugin made tasks of, and below it what the plugin may do.
pub fn text(generated: &Generated, tasks: &[Task], lines: &Lines) -> String {
    if generated.made.is_empty() {
        return String::new();
    }
    let rows = generated.made.iter().enumerate().flat_map(|(at, made)| {
        let number = match number(at, tasks, lines) {
            1 => "1 task".to_owned(),
            number => format!("{number} tasks"),
        };
        let powers = made.grants.powers.in_words();
        let may = if powers.is_empty() { "nothing".to_owned() } else { powers.join(", ") };
        let first = vec![made.file.clone(), format!("{number}, made by {}; may: {may}", made.plugin.origin())];
        let more = signed(made).map(|line| vec![String::new(), format!("  {line}")]);
        [first].into_iter().chain(more).collect::<Vec<_>>()
    });
    let table = table(&rows.collect::<Vec<_>>());
    format!("tasks from files\n{}\n", table.lines().map(|line| format!("  {}\n", one_line(line))).collect::<String>())
}

/// The same as data: the plugin as in steps, and how many tasks it made.
pub fn data(generated: &Generated, tasks: &[Task], lines: &Lines) -> Vec<Value> {
    let one = |(at, made): (usize, &Made)| {
        let Made { file, plugin, grants, text: _ } = made;
        json!({ "file": file, "source": made.name(), "plugin": plugin, "grants": grants, "tasks": number(at, tasks, lines) })
    };
    generated.made.iter().enumerate().map(one).collect()
}

/// How many of the tasks stand in the text of the plugin at a place.
fn number(at: usize, tasks: &[Task], lines: &Lines) -> usize {
    tasks.iter().filter(|task| lines.text(task.line) == at + 1).count()
}

/// Who has signed the plugin.
fn signed(made: &Made) -> impl Iterator<Item = String> {
    made.plugin.signers.iter().filter_map(|by| {
        let Verdict::Signed(key) = &by.verdict else { return None };
        Some(format!("signed by {} ({key})", by.signer))
    })
}
