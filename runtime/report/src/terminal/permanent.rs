//! The lines that stay: one for everything that ended. Why something failed is not among them: the live lines say it until the last screen does.

use std::fmt::{Display, Write as _};

use windlass_model::event::{Level, RunEvent, StepOutcome, TaskOutcome};
use windlass_model::text::size;

use crate::elapsed::Elapsed;
use crate::palette::{Palette, Tone};
use crate::state::RunState;
use crate::text::{cache_in_words, files, in_one_line, one_line};

/// Columns for the word that says what happened.
const WORD: usize = 8;

/// Adds the line of an event, if it has one. `state` has taken the event.
pub(super) fn add(out: &mut String, state: &RunState, event: &RunEvent, palette: Palette) {
    let mut line = |tone: Tone, word: &str, text: &dyn Display| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{} {text}", palette.paint(tone, format_args!("{word:>WORD$}")));
    };
    match event {
        RunEvent::StepFinished { step, outcome, duration_ms } => {
            let name = format!("{}/{}", one_line(&step.task.name), one_line(&step.name));
            let took = Elapsed::from_millis(*duration_ms);
            match outcome {
                StepOutcome::Passed => {
                    let sent = state.sent(step.id()).map(|bytes| format!("  {} sent", size(bytes))).unwrap_or_default();
                    line(Tone::Good, "passed", &format_args!("{name}  {took}{sent}"));
                }
                StepOutcome::Background => line(Tone::Good, "started", &format_args!("{name}  in the background")),
                StepOutcome::Skipped => line(Tone::Faint, "skipped", &name),
                StepOutcome::Failed(failure) if failure.is_interruption() => {
                    line(Tone::Notice, "cancelled", &format_args!("{name}  {took}"));
                }
                StepOutcome::Failed(_) => line(Tone::Bad, "failed", &format_args!("{name}  {took}")),
            }
        }
        RunEvent::BackgroundFailed { step, failure } => {
            let (task, step, message) = (one_line(&step.task.name), one_line(&step.name), one_line(&failure.message));
            let text = format_args!("{task}/{step}: stopped early in the background: {message}");
            line(tone(Level::Warning), word(Level::Warning), &text);
        }
        RunEvent::TaskFinished { task, outcome, duration_ms } => {
            let (name, took) = (one_line(&task.name), Elapsed::from_millis(*duration_ms));
            match outcome {
                TaskOutcome::Passed => line(Tone::Good, "passed", &format_args!("{name}  {took}")),
                TaskOutcome::Failed(_) => line(Tone::Bad, "failed", &format_args!("{name}  {took}")),
                TaskOutcome::FailureAllowed(_) => line(Tone::Notice, "failed", &format_args!("{name}  {took}  (allowed)")),
                TaskOutcome::Cancelled => line(Tone::Notice, "cancelled", &format_args!("{name}  {took}")),
                // The last screen lists these with their reasons.
                TaskOutcome::NotStarted { .. } | TaskOutcome::NotRun { .. } => {}
            }
        }
        RunEvent::ImagePushed { image, .. } => {
            line(Tone::Good, "pushed", &format_args!("{} {}", one_line(&image.reference), image.digest));
        }
        RunEvent::Annotated { step, annotation } => {
            let (task, step) = (one_line(&step.task.name), one_line(&step.name));
            let text = format_args!("{task}/{step}: {}", in_one_line(annotation));
            line(tone(annotation.level), word(annotation.level), &text);
        }
        RunEvent::ArtifactCollected { step, files: count, size, directory, .. } => {
            let (task, step) = (one_line(&step.task.name), one_line(&step.name));
            line(Tone::Good, "kept", &format_args!("{task}/{step}: {} in {}", files(*count, *size), one_line(directory)));
        }
        RunEvent::Cache { step, cache, key: _, outcome } => {
            let (task, step) = (one_line(&step.task.name), one_line(&step.name));
            line(Tone::Faint, "cache", &format_args!("{task}/{step}: {}", cache_in_words(cache, outcome)));
        }
        RunEvent::PodNotice { task, container, level: level @ (Level::Warning | Level::Error), message } => {
            let container = container.as_deref().map(|name| format!(" [{}]", one_line(name))).unwrap_or_default();
            line(tone(*level), word(*level), &format_args!("{}{container}: {}", one_line(&task.name), one_line(message)));
        }
        RunEvent::PluginLog { step, level: level @ (Level::Info | Level::Warning | Level::Error), message } => {
            let (task, step) = (one_line(&step.task.name), one_line(&step.name));
            line(tone(*level), word(*level), &format_args!("{task}/{step}: {}", one_line(message)));
        }
        RunEvent::Note { level: level @ (Level::Info | Level::Warning | Level::Error), message } => {
            line(tone(*level), word(*level), &one_line(message));
        }
        _ => {}
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Debug | Level::Info => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn tone(level: Level) -> Tone {
    match level {
        Level::Debug | Level::Info => Tone::Faint,
        Level::Warning => Tone::Notice,
        Level::Error => Tone::Bad,
    }
}
