//! How persistent a client is.

use std::time::Duration;

use windlass_agent_protocol::SILENCE;

/// How persistent a client is, and how much it holds in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How often to connect without any success before giving up.
    pub attempts: u32,
    /// How long to go on connecting without any success, however many attempts that takes.
    pub patience: Duration,
    /// Wait before the second attempt; it doubles from one to the next.
    pub first_delay: Duration,
    /// The longest wait between two attempts.
    pub longest_delay: Duration,
    /// How long one attempt, including the agent's greeting, may take.
    pub connect_timeout: Duration,
    /// The agent is asked for a sign of life so often, every 20 s at least. After three times as long without any, the stream counts as lost.
    pub keep_alive: Duration,
    /// How long an agent that is connected may take for an answer, but for those that wait for something by their nature.
    pub answer_time: Duration,
    /// How many bytes of a command's output may wait in memory for their reader.
    pub window: u64,
}

impl Default for Options {
    /// Ten attempts in about 15 s and no more, a sign of life every 10 s, 4 MiB per output.
    fn default() -> Self {
        Self {
            attempts: 10,
            patience: Duration::ZERO,
            first_delay: Duration::from_millis(50),
            longest_delay: Duration::from_secs(3),
            connect_timeout: Duration::from_secs(15),
            keep_alive: Duration::from_secs(10),
            answer_time: Duration::from_secs(5 * 60),
            window: 4 << 20,
        }
    }
}

impl Options {
    /// How often to ask for a sign of life: well within the agent's patience.
    pub(crate) fn period(&self) -> Duration {
        self.keep_alive.clamp(Duration::from_millis(1), SILENCE / 3)
    }

    /// The wait after a number of failed attempts.
    pub(crate) fn delay(&self, failed: u32) -> Duration {
        let factor = 1u32 << failed.saturating_sub(1).min(16);
        self.first_delay.saturating_mul(factor).min(self.longest_delay)
    }
}
