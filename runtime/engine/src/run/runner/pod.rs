//! A task's pod: its image, what happens to it, and its agents when they answer.

use std::sync::Arc;

use tokio::sync::mpsc;
use windlass_model::event::{Failure, Level};
use windlass_model::pod::MAIN;

use super::super::context::TaskContext;
use super::super::{cause, sidecars};
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
pub(super) async fn event(context: &Arc<TaskContext>, mailbox: &mpsc::UnboundedSender<Message>, event: PodEvent) {
    if let Some(failure) = cause::of_pod_event(&context.task.pod, &event) {
        if let PodEvent::CannotStart { container: Some(container), .. } = &event {
            sidecars::show_log(context, container).await;
        }
        let _ = mailbox.send(Message::Event(Event::Lost(failure)));
        return;
    }
    match event {
        PodEvent::Notice { container, level, message } => context.notice(container, level, message).await,
        PodEvent::Running { container } if context.is_supervised(&container) => {
            let (context, mailbox) = (Arc::clone(context), mailbox.clone());
            tokio::spawn(async move {
                if let Some(event) = reach(&context, &container).await {
                    let _ = mailbox.send(Message::Event(event));
                }
            });
        }
        PodEvent::Ended { container, end } => {
            let message = cause::end_in_words(&container, &end);
            let level = if end == ContainerEnd::Exited(0) { Level::Info } else { Level::Warning };
            context.note_end(container.clone(), end);
            context.notice(Some(container), level, message).await;
        }
        PodEvent::Running { .. } | PodEvent::CannotStart { .. } | PodEvent::Lost { .. } | PodEvent::Gone => {}
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
