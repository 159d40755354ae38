//! A task's pod: its image, what happens to it, and its agents when they answer.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use windlass_model::event::{Failure, Level};
use windlass_model::pod::{MAIN, PodPlan};

use super::super::context::TaskContext;
use super::super::supervised::supervised;
use super::super::{cause, sidecar_logs};
use super::Message;
use crate::ports::driver::{ContainerEnd, PodEvent};
use crate::task::Event;

/// Has the driver build the image that the pod starts from, if the plan says so.
pub(super) async fn build_image(context: &Arc<TaskContext>) -> Result<(), Failure> {
    let Some(build) = &context.task.build else { return Ok(()) };
    let (tell, mut lines) = mpsc::unbounded_channel();
    let told = async {
        while let Some(line) = lines.recv().await {
            context.notice(Some(MAIN.to_owned()), Level::Info, line).await;
        }
    };
    let (built, ()) = tokio::join!(context.driver.build_image(build, &context.workspace, tell), told);
    built.map_err(|error| cause::of_image_build(&error))
}

/// Deletes the pod. The error says what may be left, and what to do.
pub(super) async fn delete(context: &TaskContext, grace: Duration) -> Result<(), String> {
    match supervised(context.driver.delete(&context.task.pod, grace)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(match error.help() {
            Some(help) => format!("{error}\n  {help}"),
            None => error.to_string(),
        }),
        Err(bug) => Err(format!("pod {}: {}\n  `windlass gc` finds what is left", context.task.pod.name, bug.message)),
    }
}

/// What to say of a pod whose deletion nobody waits for any more.
pub(super) fn may_stand(pod: &PodPlan) -> String {
    let name = &pod.name;
    format!(
        "pod {name}: its deletion was not confirmed\n  `windlass ls` shows whether it is still there, and `windlass gc --all` deletes it"
    )
}

/// Follows the pod until it is gone. Agents are reached beside, each as soon as its container runs.
pub(super) async fn follow(context: &Arc<TaskContext>, mailbox: &mpsc::UnboundedSender<Message>) {
    let mut happenings = context.driver.watch(&context.task.pod);
    let mut reaching = JoinSet::new();
    while let Some(happened) = happenings.next().await {
        event(context, mailbox, &mut reaching, happened).await;
    }
    reaching.join_all().await;
}

/// Shows what calls for the pod wait for, until the driver forgets it.
pub(super) fn tell_waits(context: Arc<TaskContext>) -> impl Future<Output = ()> {
    let (tell, mut waits) = mpsc::unbounded_channel();
    context.driver.tell_waits(&context.task.pod, tell);
    async move {
        while let Some((level, line)) = waits.recv().await {
            context.notice(None, level, line).await;
        }
    }
}

/// Shows what happened to the pod, and tells the machine what matters to it.
async fn event(
    context: &Arc<TaskContext>,
    mailbox: &mpsc::UnboundedSender<Message>,
    reaching: &mut JoinSet<()>,
    event: PodEvent,
) {
    if let Some(failure) = cause::of_pod_event(&context.task.pod, &event) {
        if let PodEvent::CannotStart { container: Some(container), .. } | PodEvent::InitFailed { container, .. } = &event {
            sidecar_logs::show_end(context, container).await;
        }
        sidecar_logs::show(context, None).await;
        let _ = mailbox.send(Message::Event(Event::Lost(failure)));
        return;
    }
    if let PodEvent::Running { container } = &event {
        context.note_start(container.clone());
    }
    match event {
        PodEvent::Notice { container, level, message } => context.notice(container, level, message).await,
        PodEvent::Running { container } if context.is_supervised(&container) => {
            let (context, mailbox) = (Arc::clone(context), mailbox.clone());
            reaching.spawn(async move {
                let reached = supervised(reach(&context, &container)).await;
                if let Some(event) = reached.unwrap_or_else(|bug| Some(Event::Lost(bug))) {
                    let _ = mailbox.send(Message::Event(event));
                }
            });
        }
        PodEvent::Running { container } => sidecar_logs::follow(context, &container),
        PodEvent::Ended { container, end } => {
            sidecar_logs::follow(context, &container);
            let message = cause::end_in_words(&container, &end);
            let level = if end == ContainerEnd::Exited(0) { Level::Info } else { Level::Warning };
            context.note_end(container.clone(), end);
            context.notice(Some(container), level, message).await;
        }
        PodEvent::CannotStart { .. } | PodEvent::InitFailed { .. } | PodEvent::Lost { .. } | PodEvent::Gone => {}
    }
}

/// Reaches the agent of a container that runs now. What the machine has to know of it: that the main one answers, or why one does not.
async fn reach(context: &TaskContext, container: &str) -> Option<Event> {
    let reached = context.agents.reach(Arc::clone(&context.driver), Arc::clone(&context.task), container).await;
    let error = match reached {
        Ok(false) => return None,
        Ok(true) => return (container == MAIN).then_some(Event::MainReady),
        Err(error) => error,
    };
    Some(Event::Lost(match cause::of_refused_connection(&error) {
        Some(refusal) => refusal,
        None => {
            let autopsy = context.driver.autopsy(&context.task.pod).await;
            cause::of_lost_agent(&context.task.pod, &autopsy, process_words(&error))
        }
    }))
}

fn process_words(error: &windlass_agent_client::ClientError) -> String {
    match super::super::process::in_words(error) {
        crate::ports::plugin::BackendError::Infrastructure(message) => message,
        other => other.to_string(),
    }
}
