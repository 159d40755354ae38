//! The news of one container.

use std::time::Instant;

use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Pod, PodStatus};
use windlass_engine::ports::driver::{ContainerEnd, PodEvent};
use windlass_model::event::Level;

use super::outlook::Waiting;
use super::roles::{self, Role};
use super::waiting;
use super::{Doubt, GRACE, Observer, Told, cannot_start, terminated};

/// After so many starts that all ended, a container that is started again is given up. The kubelet waits 10 s, 20 s, 40 s between them.
const STARTS: i32 = 4;

impl Observer {
    /// One that is started once: an init container must end well, for any other its end is news.
    pub(super) fn container(&mut self, pod: &Pod, role: Role, status: &ContainerStatus, now: Instant, news: &mut Vec<PodEvent>) {
        let name = &status.name;
        let told = self.told.get(name).copied();
        let Some(state) = &status.state else { return };
        if let Some(end) = &state.terminated {
            self.doubts.remove(name);
            if told != Some(Told::Ended) {
                self.told.insert(name.clone(), Told::Ended);
                self.ended(pod, role, name, end, news);
            }
        } else if state.running.is_some() {
            self.runs(name, news);
        } else if let Some(state) = &state.waiting
            && told.is_none()
        {
            self.waiting(pod, status, state, now, news);
        }
    }

    fn ended(&mut self, pod: &Pod, role: Role, name: &str, state: &ContainerStateTerminated, news: &mut Vec<PodEvent>) {
        let (container, end) = (name.to_owned(), terminated::end(pod, name, state));
        if role != Role::Init {
            self.explained = true;
            news.push(PodEvent::Ended { container, end });
        } else if end != ContainerEnd::Exited(0) {
            self.explained = true;
            news.push(PodEvent::InitFailed { container, end });
        }
    }

    fn runs(&mut self, name: &str, news: &mut Vec<PodEvent>) {
        self.doubts.remove(name);
        if !self.told.contains_key(name) {
            self.told.insert(name.to_owned(), Told::Running);
            news.push(PodEvent::Running { container: name.to_owned() });
        }
    }

    fn waiting(
        &mut self,
        pod: &Pod,
        status: &ContainerStatus,
        state: &ContainerStateWaiting,
        now: Instant,
        news: &mut Vec<PodEvent>,
    ) {
        let name = &status.name;
        let reason = state.reason.as_deref().unwrap_or_default();
        match waiting::judge(reason, state.message.as_deref().unwrap_or_default(), &image(pod, status)) {
            // A container between two attempts is no better off, so a doubt lasts until it starts.
            Waiting::Fine => {}
            Waiting::Hopeless(cause) => {
                self.doubts.remove(name);
                self.explained = true;
                self.told.insert(name.clone(), Told::CannotStart);
                news.push(cannot_start(name.clone(), cause));
            }
            Waiting::Doubtful(cause) => {
                self.notice(Some(name), Level::Warning, format!("{}; it is tried again", cause.message), news);
                self.doubts.entry(name.clone()).or_insert(Doubt { until: now + GRACE, cause });
            }
        }
    }

    /// One that is started again whenever it ends. Until the main container runs, all wait for it.
    pub(super) fn restarted(&mut self, pod: &Pod, status: &ContainerStatus, now: Instant, news: &mut Vec<PodEvent>) {
        let name = &status.name;
        let Some(state) = &status.state else { return };
        let last = state.terminated.as_ref().or(status.last_state.as_ref().and_then(|last| last.terminated.as_ref()));
        let between = state.waiting.as_ref().is_some_and(|waiting| waiting.reason.as_deref() == Some("CrashLoopBackOff"));
        // An end is counted when the next start is; while the kubelet waits with that, it is one more.
        let ends = status.restart_count + i32::from(state.terminated.is_some() || between);
        let known = self.ends.entry(name.clone()).or_default();
        if let Some(last) = last.filter(|_| ends > *known) {
            *known = ends;
            news.push(PodEvent::Ended { container: name.clone(), end: terminated::end(pod, name, last) });
        }
        if state.running.is_some() {
            self.runs(name, news);
        } else if let Some(waiting) = &state.waiting
            && self.told.get(name).is_none_or(|told| *told == Told::Running)
        {
            match last {
                Some(last) if between && ends >= STARTS && !others_run(pod) => {
                    let cause = waiting::again_and_again(&terminated::end(pod, name, last), ends);
                    self.explained = true;
                    self.told.insert(name.clone(), Told::CannotStart);
                    news.push(cannot_start(name.clone(), cause));
                }
                // Its end was told, and its next start will be.
                Some(_) if between => {}
                _ if !self.told.contains_key(name) => self.waiting(pod, status, waiting, now, news),
                _ => {}
            }
        }
    }

    /// One that somebody attached. Whatever becomes of it is theirs, and no fault of the task.
    pub(super) fn ephemeral(&mut self, status: &ContainerStatus, news: &mut Vec<PodEvent>) {
        let name = &status.name;
        let Some(state) = &status.state else { return };
        let (level, message) = if let Some(end) = &state.terminated {
            (Level::Info, format!("the attached container exited with code {}", end.exit_code))
        } else if state.running.is_some() {
            (Level::Info, format!("somebody attached this container to the pod ({})", status.image))
        } else if let Some(ContainerStateWaiting { message: Some(message), .. }) = &state.waiting {
            (Level::Warning, format!("the attached container waits: {message}"))
        } else {
            return;
        };
        self.notice(Some(name), level, message, news);
    }
}

/// The init container that everything waits for, when one runs.
pub(super) fn init_that_runs(pod: &Pod, status: &PodStatus) -> Option<String> {
    let runs = |status: &ContainerStatus| status.state.as_ref().is_some_and(|state| state.running.is_some());
    let (_, container) = roles::all(pod, status).find(|(role, status)| *role == Role::Init && runs(status))?;
    Some(format!("init container {} still runs, and the others wait for it", container.name))
}

/// Whether the start has come past the init containers.
fn others_run(pod: &Pod) -> bool {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.filter_map(|status| status.state.as_ref()).any(|state| state.running.is_some())
}

/// The image as the plan names it: a container's status may name another of the same image's names.
fn image(pod: &Pod, status: &ContainerStatus) -> String {
    roles::planned(pod, &status.name).and_then(|c| c.image.clone()).unwrap_or_else(|| status.image.clone())
}
