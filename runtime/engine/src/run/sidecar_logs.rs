//! What sidecars write by themselves: all of it as it comes when that was asked for, else its end when something failed. It is gone with the
//! pod.

mod shown;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::mpsc;
use windlass_model::event::{Level, RunEvent, Stream, TaskRef};
use windlass_model::plan::TaskPlan;
use windlass_model::pod::Process;

use shown::Following;
pub(super) use shown::{Log, SidecarLogs};

use super::context::TaskContext;
use super::ends::NEWS_LAG;
use crate::ports::driver::{Driver, LogPart};

/// Lines of a sidecar that ended badly or never got ready.
const END_LINES: u32 = 50;

/// Lines of a sidecar that runs on, of those that it wrote while a step failed.
const MEANWHILE_LINES: u32 = 10;

/// Bytes that are shown of them. A person reads them, and lines may be of any length.
const END_BYTES: usize = 1 << 20;

/// How long a failure waits for a log.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of one sidecar that are shown as they come. Who wants more wants it elsewhere.
const MOST: usize = 16 << 20;

/// Follows a container's log from its start, if all are to be shown and it is not followed yet.
pub(super) fn follow(context: &TaskContext, container: &str) {
    let logs = &context.sidecar_logs;
    if !logs.live || context.is_supervised(container) {
        return;
    }
    logs.state().followed.entry(container.to_owned()).or_insert_with(|| {
        let (driver, task, events) = (Arc::clone(&context.driver), Arc::clone(&context.task), context.events.clone());
        let (container, wrote) = (container.to_owned(), Arc::new(AtomicBool::new(false)));
        let noted = Arc::clone(&wrote);
        let work = tokio::spawn(async move {
            if let Err(why) = stream(driver.as_ref(), &task, &container, &events, &noted).await {
                let (task, container) = (TaskRef::of(&task), Some(container));
                super::send(&events, RunEvent::PodNotice { task, container, level: Level::Warning, message: why }).await;
            }
        });
        Following { work, wrote }
    });
}

/// Passes a log on until it ends, or why no more of it is shown.
async fn stream(
    driver: &dyn Driver,
    task: &TaskPlan,
    container: &str,
    events: &mpsc::Sender<RunEvent>,
    wrote: &AtomicBool,
) -> Result<(), String> {
    let mut pieces = driver.follow_log(&task.pod, container);
    let mut left = MOST;
    while let Some(piece) = pieces.next().await {
        let mut piece = piece.map_err(|error| format!("no more of its log can be shown: {error}"))?;
        wrote.store(true, Ordering::Relaxed);
        let over = piece.len() > left;
        piece.truncate(left);
        left -= piece.len();
        let stream = Stream::Container { task: TaskRef::of(task), name: container.to_owned() };
        super::send(events, RunEvent::Output { stream, data: piece.into() }).await;
        if over {
            return Err(format!("it wrote more than {} MiB; the rest of its log is not shown", MOST >> 20));
        }
    }
    Ok(())
}

/// Shows the end of the log of a container that ended, cannot start, or never got ready: once. What there is to see of it.
pub(super) async fn show_end(context: &TaskContext, container: &str) -> Log {
    let logs = &context.sidecar_logs;
    if let Some(log) = logs.shown_before(container) {
        return log;
    }
    // One that is followed is shown to its end by that.
    let followed = logs.state().followed.remove(container);
    let log = match followed {
        Some(mut following) => {
            let patience = if context.has_ended(container) { NEWS_LAG } else { Duration::ZERO };
            let over = tokio::time::timeout(patience, &mut following.work).await.is_ok();
            let log = if following.wrote.load(Ordering::Relaxed) { Log::Shown } else { Log::Empty };
            if !over {
                logs.state().followed.insert(container.to_owned(), following);
            }
            log
        }
        None => show_part(context, container, LogPart::last(END_LINES)).await,
    };
    logs.state().shown.insert(container.to_owned(), log);
    log
}

/// Shows, after something failed, the end of the log of every sidecar that ended badly; and, after a step failed, what the others wrote while
/// it ran.
pub(super) async fn show(context: &TaskContext, step: Option<Duration>) {
    for ended in context.ended().iter().filter(|ended| ended.is_bad()) {
        show_end(context, &ended.container).await;
    }
    let Some(within) = step.filter(|_| !context.sidecar_logs.live) else { return };
    for container in &context.task.pod.containers {
        let runs = matches!(container.process, Process::Image { .. })
            && !context.sidecar_logs.state().shown.contains_key(&container.name);
        if runs {
            show_part(context, &container.name, LogPart { lines: MEANWHILE_LINES, within: Some(within) }).await;
        }
    }
}

/// Shows a part of a container's log under its name.
async fn show_part(context: &TaskContext, container: &str, part: LogPart) -> Log {
    let read = context.driver.log_tail(&context.task.pod, container, part);
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(log)) if log.is_empty() => Log::Empty,
        Ok(Ok(mut log)) => {
            log.drain(..log.len().saturating_sub(END_BYTES));
            if !log.ends_with(b"\n") {
                log.push(b'\n');
            }
            let stream = Stream::Container { task: TaskRef::of(&context.task), name: container.to_owned() };
            context.send(RunEvent::Output { stream, data: log.into() }).await;
            Log::Shown
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, container, "no log");
            Log::Unread
        }
        Err(_) => {
            tracing::debug!(container, "no log in time");
            Log::Unread
        }
    }
}
