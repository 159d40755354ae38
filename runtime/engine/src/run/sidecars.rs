//! Waiting until every sidecar is ready. One that is not in time fails the task, with its own log.

use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use windlass_agent_client::protocol::{Probe, Readiness as Answer};
use windlass_model::event::{Failure, FailureKind};
use windlass_model::pod::{ContainerPlan, MAIN, Readiness};

use super::context::TaskContext;
use super::ends::NEWS_LAG;
use super::sidecar_logs::Log;
use super::{cause, sidecar_logs};

/// Between two tries: a daemon that is up should not wait to be noticed.
const INTERVAL: Duration = Duration::from_millis(25);

/// Waits until all conditions of all sidecars hold.
pub(super) async fn ready(context: Arc<TaskContext>) -> Result<(), Failure> {
    reached(&context).await?;
    let conditions = context.task.pod.containers.iter().flat_map(|c| c.readiness.iter().map(move |r| (c, r)));
    let waits = conditions.map(|(container, readiness)| {
        let context = Arc::clone(&context);
        let limit = context.task.sidecar_timeout;
        async move {
            started(&context, &container.name).await;
            match tokio::time::timeout(limit + INTERVAL * 40, condition(&context, container, readiness)).await {
                Ok(result) => result,
                Err(_) => Err(format!("no answer within {} s", limit.as_secs_f64())),
            }
            .map_err(|problem| (container.name.clone(), problem))
        }
    });
    match try_join_all(waits).await {
        Ok(_) => Ok(()),
        Err((container, problem)) => {
            let log = sidecar_logs::show_end(&context, &container).await;
            sidecar_logs::show(&context, None).await;
            Err(failure(&context, &container, problem, log))
        }
    }
}

/// Waits until the agents answer in all containers that have one. That one cannot be reached is told elsewhere; that a container ended
/// before, here.
async fn reached(context: &TaskContext) -> Result<(), Failure> {
    let names = context.task.pod.containers.iter().map(|c| c.name.clone());
    let supervised: Vec<String> = names.filter(|name| context.is_supervised(name)).collect();
    loop {
        if let Some(ended) = context.ended().into_iter().find(|ended| supervised.contains(&ended.container)) {
            let log = sidecar_logs::show_end(context, &ended.container).await;
            return Err(failure(context, &ended.container, "it ended".to_owned(), log));
        }
        if context.agents.has(&supervised) {
            return Ok(());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Waits until a container runs, or ended before that was heard. How long its image may take, and what becomes of one that never starts, is
/// the driver's to say: it ends the task with the cause.
async fn started(context: &TaskContext, container: &str) {
    while !context.has_started(container) {
        tokio::time::sleep(INTERVAL).await;
    }
}

/// A failure of one sidecar: that it died, when it did, else that it never got ready.
fn failure(context: &TaskContext, container: &str, problem: String, log: Log) -> Failure {
    let ended = context.ended();
    let end = ended.iter().rev().find(|ended| ended.container == container).map(|ended| &ended.end);
    let (message, help) = match end {
        Some(end) => (
            format!("sidecar {} before it was ready", cause::end_in_words(container, end)),
            cause::end_help(&context.task.pod, container, end),
        ),
        None => (
            format!("sidecar {container} was not ready within {} s: {problem}", context.task.sidecar_timeout.as_secs_f64()),
            Some(format!(
                "{}check `port` of {container} against what it listens on, or set `sidecar_timeout` in windlass.yaml",
                log.in_words()
            )),
        ),
    };
    Failure { kind: FailureKind::Task, message, exit_code: None, help }
}

async fn condition(context: &TaskContext, container: &ContainerPlan, readiness: &Readiness) -> Result<(), String> {
    match readiness {
        Readiness::Tcp(port) => {
            let agent = context.agents.get(MAIN).ok_or("the main container cannot be reached")?;
            // Asked again in short turns, so that a sidecar that died is noticed between two.
            let deadline = tokio::time::Instant::now() + context.task.sidecar_timeout;
            loop {
                let probe = Probe { port: *port, interval: INTERVAL, timeout: Duration::from_secs(1) };
                match agent.probe(probe).await.map_err(|e| e.to_string())? {
                    Answer::Ready { .. } => return Ok(()),
                    Answer::NotReady { last, .. } => {
                        let died = context.has_ended(&container.name);
                        if died || tokio::time::Instant::now() >= deadline {
                            return Err(format!("port {port}: {last}"));
                        }
                    }
                }
            }
        }
        Readiness::Command(argv) => loop {
            match run(context, &container.name, argv).await {
                Ok(0) => return Ok(()),
                result if context.has_ended(&container.name) => {
                    return Err(format!("`{}` gave {result:?}", argv.join(" ")));
                }
                _ => tokio::time::sleep(INTERVAL * 10).await,
            }
        },
    }
}

/// After a failure: when a sidecar does not listen any more, waits a moment for the news of how it ended.
pub(super) async fn settle(context: &TaskContext) {
    let Some(agent) = context.agents.get(MAIN) else { return };
    let deadline = tokio::time::Instant::now() + NEWS_LAG;
    for container in &context.task.pod.containers {
        let Some(port) = container.readiness.iter().find_map(|r| if let Readiness::Tcp(port) = r { Some(*port) } else { None })
        else {
            continue;
        };
        let probe = Probe { port, interval: INTERVAL, timeout: INTERVAL * 4 };
        if matches!(agent.probe(probe).await, Ok(Answer::Ready { .. }) | Err(_)) {
            continue;
        }
        while !context.has_ended(&container.name) && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// Runs a readiness command in a sidecar, which has no agent.
async fn run(context: &TaskContext, container: &str, argv: &[String]) -> Result<i32, String> {
    let mut exec = context.driver.exec(&context.task.pod, container, argv).await.map_err(|e| e.to_string())?;
    drop(exec.stdin);
    // What it says is nobody's business, and may be without end.
    let mut nowhere = tokio::io::sink();
    let read = tokio::io::copy(&mut exec.stdout, &mut nowhere);
    let (_, code) = futures::future::join(read, exec.done).await;
    code.map_err(|e| e.to_string())
}
