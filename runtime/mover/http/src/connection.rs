//! One connection: requests one after the other, until it is to end.

use std::io;
use std::net::TcpStream;
use std::time::Instant;

use crate::actions::{self, BLOBS, CALLS};
use crate::body::Body;
use crate::give::give;
use crate::head::{self, Head};
use crate::refusal::Refusal;
use crate::reply::{self, Answer, Text};
use crate::slots::Slot;
use crate::wire::{Pace, Wire};
use crate::{Shared, plain};

/// Answers what comes. In the end nothing is left to say to anybody.
pub fn serve(shared: &Shared, stream: &TcpStream, slot: &Slot) {
    let _ = stream.set_nodelay(true);
    let mut wire = Wire::new(stream);
    while let Ok(Some(head)) = next(shared, &mut wire, slot) {
        if answered(shared, &mut wire, head).is_none() {
            return;
        }
    }
}

/// The next request; `None` when no other comes. While nothing of one is here, or only a part, the connection makes room for another one.
fn next(shared: &Shared, wire: &mut Wire<'_>, slot: &Slot) -> io::Result<Option<Result<Head, Refusal>>> {
    let waiting = slot.wait();
    let mut begun = None;
    loop {
        match head::read(wire.waiting()) {
            Ok(Some((head, length))) => {
                wire.used(length);
                return Ok(waiting.end().then_some(Ok(head)));
            }
            Ok(None) => {}
            Err(refusal) => return Ok(waiting.end().then_some(Err(refusal))),
        }
        let within = match (wire.waiting().is_empty(), begun) {
            (true, _) => shared.limits.idle,
            (false, since) => shared.limits.head.saturating_sub(since.unwrap_or_else(Instant::now).elapsed()),
        };
        let came = wire.more(within);
        begun = begun.or_else(|| Some(Instant::now()));
        match came {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if wire.waiting().is_empty() => return Err(error),
            Err(error) => return Ok(Some(Err(Refusal::of_client(&error)))),
        }
    }
}

/// Answers a request; `None` when the connection ends with it.
fn answered(shared: &Shared, wire: &mut Wire<'_>, head: Result<Head, Refusal>) -> Option<()> {
    let head = match head {
        Ok(head) => head,
        Err(refusal) => {
            say(shared, wire, &Text::of(refusal)?, true, false)?;
            wire.linger();
            return None;
        }
    };
    let mut body = Body::new(wire, &head, &shared.limits);
    let result = if head.path.starts_with(CALLS) {
        actions::call(shared, &head, &mut body)
    } else if head.path.starts_with(BLOBS) {
        actions::blob(shared, &head, &mut body)
    } else {
        plain::answer(shared, &head, &mut body)
    };
    // What was not read of a body would be taken for the next request.
    let last = head.last || !body.is_over();
    let text = match result {
        Ok(Answer::Text(text)) => Some(text),
        Ok(Answer::Blob(blob)) => match give(shared, wire, &blob, last) {
            Ok(()) => None,
            Err(Refusal::Status(status, why)) if head.path.starts_with(BLOBS) => Some(actions::failure(status, why)),
            Err(refusal) => Some(Text::of(refusal)?),
        },
        Err(refusal) => Some(Text::of(refusal)?),
    };
    if let Some(text) = text {
        say(shared, wire, &text, last, head.method == "HEAD")?;
    }
    if last {
        wire.linger();
        return None;
    }
    Some(())
}

fn say(shared: &Shared, wire: &mut Wire<'_>, text: &Text, last: bool, only_head: bool) -> Option<()> {
    let mut all = reply::head(text.status, &text.headers, text.body.len() as u64, last);
    if !only_head {
        all.push_str(&text.body);
    }
    wire.send(all.as_bytes(), &mut Pace::new(&shared.limits)).ok()
}
