//! Whether an object is asked for once more, and when: what earlier attempts came to.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff};
use windlass_engine::ports::driver::DriverError;

use super::ask::BACKOFF;
use super::made::Fate;
use crate::connect::Patience;
use crate::error::Quota;

/// Between two looks whether a quota has room. Nothing announces it to those who may not watch quotas.
const ROOM: Duration = Duration::from_secs(2);

/// What one attempt came to: the UID, or what was in the way.
pub(super) type Attempt = (Fate, Result<String, Hindrance>);

/// Why an object does not stand yet.
#[derive(Debug)]
pub(super) enum Hindrance {
    /// Others use up a quota, and may end.
    NoRoom {
        /// In its own numbers.
        quota: Quota,
        /// What is said when that takes too long.
        refusal: DriverError,
    },
    /// Anything else.
    Error(DriverError),
}

impl From<DriverError> for Hindrance {
    fn from(error: DriverError) -> Self {
        Self::Error(error)
    }
}

/// The attempts at one object.
pub(super) struct Turn {
    patience: Patience,
    backoff: ExponentialBackoff,
    silent_since: Option<Instant>,
    crowded_since: Option<Instant>,
    /// An earlier attempt may have made it, although its answer got lost.
    pub(super) in_doubt: bool,
}

impl Turn {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, backoff: BACKOFF.build(), silent_since: None, crowded_since: None, in_doubt: false }
    }

    /// What is known after an attempt. What may have been made once is in doubt until it is seen: a refusal says nothing of it, for it may
    /// itself be what uses up the quota.
    pub(super) fn fate(&mut self, fate: Fate) -> Fate {
        self.in_doubt |= fate == Fate::Unknown;
        if fate == Fate::Refused && self.in_doubt { Fate::Unknown } else { fate }
    }

    /// The wait after an attempt without an answer; `None` when it was the last.
    pub(super) fn without_answer(&mut self, respite: Duration) -> Option<Duration> {
        let wait = self.backoff.next()?.max(respite);
        let silence = self.silent_since.get_or_insert_with(Instant::now).elapsed();
        (silence + wait <= self.patience.api).then_some(wait)
    }

    /// For how long there has been no answer.
    pub(super) fn silence(&self) -> Duration {
        self.silent_since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// The wait after the answer that there is no room; `None` when it was the last.
    pub(super) fn without_room(&mut self) -> Option<Duration> {
        (self.silent_since, self.backoff) = (None, BACKOFF.build());
        let crowded = self.crowded_since.get_or_insert_with(Instant::now).elapsed();
        (crowded + ROOM <= self.patience.room).then_some(ROOM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(api: u64, room: u64) -> Turn {
        Turn::new(Patience { api: Duration::from_secs(api), room: Duration::from_secs(room) })
    }

    #[test]
    fn what_may_have_been_made_once_stays_in_doubt_whatever_a_later_refusal_says() {
        let mut turn = turn(1, 1);
        assert_eq!(turn.fate(Fate::Refused), Fate::Refused);
        assert_eq!(turn.fate(Fate::Unknown), Fate::Unknown);
        assert_eq!(turn.fate(Fate::Refused), Fate::Unknown);
        assert_eq!(turn.fate(Fate::Made("1".into())), Fate::Made("1".into()));
    }

    #[test]
    fn patience_ends_and_the_server_s_own_wish_counts() {
        assert_eq!(turn(0, 0).without_answer(Duration::ZERO), None);
        assert_eq!(turn(0, 1).without_room(), None);
        assert_eq!(turn(0, 3).without_room(), Some(ROOM));
        let wish = Duration::from_secs(7);
        assert_eq!(turn(60, 0).without_answer(wish), Some(wish));
        assert_eq!(turn(6, 0).without_answer(wish), None);
        let mut again = turn(60, 0);
        let waits: Vec<Duration> = (0..20).filter_map(|_| again.without_answer(Duration::ZERO)).collect();
        assert!(waits.len() == 20 && waits.iter().all(|wait| *wait <= Duration::from_secs(10)), "{waits:?}");
        assert!(waits[0] < Duration::from_millis(250), "{waits:?}");
    }
}
