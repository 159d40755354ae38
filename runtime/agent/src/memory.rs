//! What the kernel tells of the container's memory, under either version of control groups.

use std::fs;

/// The most that was used, in bytes.
#[must_use]
pub fn peak() -> Option<u64> {
    number("/sys/fs/cgroup/memory.peak").or_else(|| number("/sys/fs/cgroup/memory/memory.max_usage_in_bytes"))
}

/// What may be used, in bytes; `None` without a limit.
#[must_use]
pub fn limit() -> Option<u64> {
    number("/sys/fs/cgroup/memory.max")
        .or_else(|| number("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
        // Version 1 says "no limit" with the largest multiple of a page.
        .filter(|limit| *limit < 1 << 60)
}

/// How many processes were killed for want of memory.
#[must_use]
pub fn oom_kills() -> Option<u64> {
    let version2 = fs::read_to_string("/sys/fs/cgroup/memory.events");
    let text = version2.or_else(|_| fs::read_to_string("/sys/fs/cgroup/memory/memory.oom_control")).ok()?;
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

fn number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
