//! Resources as an engine limits them.

use bollard::models::HostConfig;
use windlass_model::quantity::Resources;

use crate::engine::Facts;

/// The smallest weight that the kernel takes (`cpu.shares`).
const LEAST_SHARES: i64 = 2;

/// Sets what the engine can enforce. Swap is no way around the memory limit, as it is none on Kubernetes.
pub(super) fn apply(host: &mut HostConfig, resources: Resources, facts: &Facts) {
    let millis = i64::from(resources.cpu.0);
    host.cpu_shares = Some((millis * 1024 / 1000).max(LEAST_SHARES));
    // A limit of all processors or more is none, and Docker refuses one beyond them.
    let beyond = facts.cpus.is_some_and(|cpus| millis >= i64::from(cpus) * 1000);
    if facts.cpu_limit && !resources.greedy && !beyond && millis > 0 {
        host.nano_cpus = Some(millis * 1_000_000);
    }
    if facts.memory_limit
        && let Ok(bytes) = i64::try_from(resources.memory.bytes())
        && bytes > 0
    {
        host.memory = Some(bytes);
        host.memory_swap = facts.swap_limit.then_some(bytes);
    }
}

/// What of the wanted resources this engine does not have, in one line.
pub(crate) fn unavailable(resources: Resources, facts: &Facts) -> Option<String> {
    let wanted = resources.cpu;
    let cpus = facts.cpus.filter(|cpus| wanted.0 > cpus * 1000);
    let memory = facts.memory.filter(|memory| resources.memory.bytes() > *memory);
    let had = |bytes: u64| format!("{} MiB of memory", bytes / (1024 * 1024));
    let has = match (cpus, memory) {
        (None, None) => return None,
        (Some(cpus), None) => format!("{cpus} processors"),
        (None, Some(bytes)) => had(bytes),
        (Some(cpus), Some(bytes)) => format!("{cpus} processors and {}", had(bytes)),
    };
    Some(format!("asks for {wanted} processors and {} of memory; the engine has {has}", resources.memory))
}
