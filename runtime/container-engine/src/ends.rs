//! How a container ended, from what an engine keeps of it. Pure.

use std::time::Duration;

use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum};
use jiff::Timestamp;
use windlass_engine::ports::driver::ContainerEnd;
use windlass_model::quantity::MebiBytes;

/// What a container is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It was made, but not started yet.
    Waiting,
    /// It runs.
    Running,
    /// It ended.
    Ended(ContainerEnd),
}

/// Reads the condition of a container.
pub(crate) fn condition(container: &ContainerInspectResponse) -> Condition {
    use ContainerStateStatusEnum as Status;
    let Some(state) = &container.state else { return Condition::Waiting };
    let error = state.error.as_deref().unwrap_or_default();
    match state.status {
        Some(Status::RUNNING | Status::PAUSED | Status::RESTARTING | Status::STOPPING) => Condition::Running,
        Some(Status::CREATED) if !error.is_empty() => Condition::Ended(ContainerEnd::NotStarted(error.to_owned())),
        Some(Status::EXITED | Status::DEAD | Status::REMOVING) => {
            let limit = container.host_config.as_ref().and_then(|h| h.memory).filter(|bytes| *bytes > 0);
            Condition::Ended(end(state.exit_code.unwrap_or_default(), state.oom_killed == Some(true), limit))
        }
        _ => Condition::Waiting,
    }
}

/// Reads an exit code as engines give it: 128 and the number for a signal (moby's and Podman's runtimes both follow the shell's rule).
pub(crate) fn end(code: i64, out_of_memory: bool, limit_bytes: Option<i64>) -> ContainerEnd {
    if out_of_memory {
        let mebibytes = |bytes: i64| u64::try_from(bytes).ok().map(|b| MebiBytes(b / (1024 * 1024)).to_string());
        return ContainerEnd::OutOfMemory { limit: limit_bytes.and_then(mebibytes) };
    }
    match i32::try_from(code) {
        Ok(code @ 129..=159) => ContainerEnd::Signalled(code - 128),
        Ok(code) => ContainerEnd::Exited(code),
        Err(_) => ContainerEnd::Exited(i32::MAX),
    }
}

/// How long after the main container's start another one ended. Engines write times as RFC 3339 does; an end that was not yet is in year 1.
pub(crate) fn after(main: Option<&ContainerState>, other: Option<&ContainerState>) -> Option<Duration> {
    let parse = |text: &Option<String>| text.as_deref()?.parse::<Timestamp>().ok();
    let (started, ended) = (parse(&main?.started_at)?, parse(&other?.finished_at)?);
    Duration::try_from(ended.duration_since(started)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::HostConfig;

    fn container(status: ContainerStateStatusEnum, code: i64, oom: bool) -> ContainerInspectResponse {
        ContainerInspectResponse {
            state: Some(ContainerState {
                status: Some(status),
                exit_code: Some(code),
                oom_killed: Some(oom),
                ..ContainerState::default()
            }),
            host_config: Some(HostConfig { memory: Some(64 << 20), ..HostConfig::default() }),
            ..ContainerInspectResponse::default()
        }
    }

    #[test]
    fn an_end_is_told_by_its_cause() {
        use ContainerStateStatusEnum::EXITED;
        let ended = |code, oom| condition(&container(EXITED, code, oom));
        assert_eq!(ended(0, false), Condition::Ended(ContainerEnd::Exited(0)));
        assert_eq!(ended(7, false), Condition::Ended(ContainerEnd::Exited(7)));
        assert_eq!(ended(137, false), Condition::Ended(ContainerEnd::Signalled(9)));
        assert_eq!(ended(143, false), Condition::Ended(ContainerEnd::Signalled(15)));
        assert_eq!(ended(137, true), Condition::Ended(ContainerEnd::OutOfMemory { limit: Some("64Mi".into()) }));
        assert_eq!(ended(255, false), Condition::Ended(ContainerEnd::Exited(255)));
    }

    #[test]
    fn a_container_that_was_only_made_is_waiting_unless_its_start_failed() {
        let mut made = container(ContainerStateStatusEnum::CREATED, 0, false);
        assert_eq!(condition(&made), Condition::Waiting);
        if let Some(state) = &mut made.state {
            state.error = Some("exec format error".into());
        }
        assert_eq!(condition(&made), Condition::Ended(ContainerEnd::NotStarted("exec format error".into())));
        assert_eq!(condition(&container(ContainerStateStatusEnum::RUNNING, 0, false)), Condition::Running);
    }

    #[test]
    fn the_time_of_an_end_is_told_from_the_start_of_the_main_container() {
        let state = |started: &str, finished: &str| ContainerState {
            started_at: Some(started.into()),
            finished_at: Some(finished.into()),
            ..ContainerState::default()
        };
        let main = state("2026-01-01T00:00:01.5+01:00", "0001-01-01T00:00:00Z");
        let ended = state("2025-12-31T23:00:02Z", "2025-12-31T23:00:04.123456789Z");
        assert_eq!(after(Some(&main), Some(&ended)), Some(Duration::new(2, 623_456_789)));
        assert_eq!(after(Some(&main), Some(&main)), None, "it still runs");
        assert_eq!(after(None, Some(&ended)), None);
    }
}
