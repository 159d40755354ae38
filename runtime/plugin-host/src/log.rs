//! A plugin's own log lines: cut when long, and dropped, visibly, when there are too many.

use std::time::Instant;

use crate::limits::Limits;

/// A line's length, in bytes, beyond which it is cut.
const MAX_LINE: usize = 16 << 10;

/// A token bucket for bytes of log, and a total.
#[derive(Debug)]
pub(crate) struct LogGate {
    limits: Limits,
    tokens: f64,
    refilled: Instant,
    shown: usize,
    dropped: usize,
}

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// It is shown, after a remark on lines that were not.
    Show { line: &'a str, remark: Option<String> },
    /// It is not.
    Drop,
}

impl LogGate {
    pub(crate) fn new(limits: Limits, now: Instant) -> Self {
        Self { limits, tokens: limits.log_burst as f64, refilled: now, shown: 0, dropped: 0 }
    }

    pub(crate) fn admit<'a>(&mut self, line: &'a str, now: Instant) -> Verdict<'a> {
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.limits.log_rate as f64).min(self.limits.log_burst as f64);
        self.refilled = now;
        let kept = cut(line);
        // An empty line costs something too.
        let cost = kept.len() + 1;
        if cost as f64 > self.tokens || self.shown + cost > self.limits.log_total {
            self.dropped += line.len();
            return Verdict::Drop;
        }
        self.tokens -= cost as f64;
        self.shown += cost;
        let remark = self.remark();
        self.dropped += line.len() - kept.len();
        Verdict::Show { line: kept, remark }
    }

    /// What was dropped since this was last asked, in words.
    pub(crate) fn remark(&mut self) -> Option<String> {
        match std::mem::take(&mut self.dropped) {
            0 => None,
            bytes => Some(format!("{bytes} bytes of this plugin's log were dropped: it logs too much")),
        }
    }
}

fn cut(line: &str) -> &str {
    if line.len() <= MAX_LINE {
        return line;
    }
    let end = (0..=MAX_LINE).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0);
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn gate(now: Instant) -> LogGate {
        LogGate::new(Limits { log_burst: 20, log_rate: 10, log_total: 50, ..Limits::default() }, now)
    }

    #[test]
    fn what_was_dropped_is_said_with_the_next_line() {
        let now = Instant::now();
        let mut gate = gate(now);
        assert_eq!(gate.admit("0123456789", now), Verdict::Show { line: "0123456789", remark: None });
        assert_eq!(gate.admit("0123456789", now), Verdict::Drop);
        let later = now + Duration::from_secs(2);
        match gate.admit("again", later) {
            Verdict::Show { remark: Some(remark), .. } => assert!(remark.starts_with("10 bytes"), "{remark}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_total_is_the_end() {
        let mut now = Instant::now();
        let mut gate = gate(now);
        let mut shown = 0;
        for _ in 0..100 {
            now += Duration::from_secs(10);
            shown += usize::from(matches!(gate.admit("0123456789", now), Verdict::Show { .. }));
        }
        assert_eq!(shown, 4);
        assert!(gate.remark().is_some_and(|r| r.starts_with("960 bytes")));
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = "é".repeat(MAX_LINE);
        assert_eq!(cut(&line).len(), MAX_LINE);
        assert_eq!(cut(&format!("x{line}")).len(), MAX_LINE - 1);
    }
}
