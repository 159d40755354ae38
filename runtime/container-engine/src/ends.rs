//! How a container ended, from what an engine keeps of it. Pure.

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum};
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

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::{ContainerState, HostConfig};

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
}
