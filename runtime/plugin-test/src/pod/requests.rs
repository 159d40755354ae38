//! Requests over the network: which answer is meant, what was sent and what not.

use windlass_engine::ports::http::{HttpError, Part, Request, Response};

use super::answers::babble;
use super::{Manner, Pod};
use crate::case::{Case, Reply, RequestAnswer, Times};

/// The answers of a case, and what became of them.
#[derive(Default)]
pub(super) struct Requests {
    answers: Vec<(RequestAnswer, u32)>,
    wrong: Vec<String>,
}

impl Requests {
    pub(super) fn of(case: &Case) -> Self {
        Self { answers: case.requests.iter().map(|answer| (answer.clone(), 0)).collect(), wrong: Vec::new() }
    }

    /// The answer to a request. What it says that it should not is remembered.
    fn answer(&mut self, request: &Request) -> Option<RequestAnswer> {
        let open = |answer: &RequestAnswer, count| !matches!(answer.times, Times::Exactly(times) if count >= times);
        let address = request.address.url().as_str();
        let (answer, count) = self
            .answers
            .iter_mut()
            .find(|(answer, count)| open(answer, *count) && answer.send.matches(&request.method, address))?;
        *count += 1;
        let answer = answer.clone();
        self.wrong.extend(differences(&answer, request).into_iter().map(|what| format!("the request {}: {what}", answer.send)));
        Some(answer)
    }

    /// What was wrong, and what was never sent.
    pub(super) fn wrong(&self) -> Vec<String> {
        let missing = self.answers.iter().filter_map(|(answer, count)| match answer.times {
            Times::Exactly(1) if *count == 0 => Some(format!("it never sent {}", answer.send)),
            Times::Exactly(times) if *count < times => Some(format!("it sent {} only {count} of {times} times", answer.send)),
            Times::Exactly(_) | Times::Any => None,
        });
        self.wrong.iter().cloned().chain(missing).collect()
    }
}

impl Pod {
    pub(super) fn replied(&self, request: &Request) -> Result<Response, HttpError> {
        let url = request.address.url().to_string();
        let answer = self.state().requests.answer(request);
        let Some(RequestAnswer { answer: reply, not_sent, .. }) = answer else {
            if self.manner == Manner::Exact {
                self.state().requests.wrong.push(format!(
                    "it sent a request that the case has no answer to; to answer it, write\n    requests:\n    - send: {} {url}\n      \
                     answer: {{status: 200, body: \"\"}}",
                    request.method
                ));
                return Err(HttpError::Failed(format!("{url}: the case has no answer to this request")));
            }
            return Ok(self.response(url, Reply::default()));
        };
        match not_sent {
            Some(why) => Err(HttpError::Failed(why)),
            None => Ok(self.response(url, reply)),
        }
    }

    fn response(&self, url: String, reply: Reply) -> Response {
        let headers = reply.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value.0)).collect();
        let body = if self.manner == Manner::Babbling { babble() } else { reply.body.into_bytes() };
        Response { url, status: reply.status, headers, body }
    }
}

fn differences(answer: &RequestAnswer, request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    for (name, expected) in &answer.headers {
        let sent = request.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name)).map(|(_, parts)| in_words(parts));
        if sent.as_ref() != Some(&expected.0) {
            let got = sent.map_or_else(|| "none".to_owned(), |sent| format!("{sent:?}"));
            found.push(format!("expected the header {name} {:?}, got {got}", expected.0));
        }
    }
    let body = in_words(&request.body);
    if let Some(expected) = answer.body.as_ref().filter(|expected| expected.0 != body) {
        found.push(format!("expected the body {:?}, got {body:?}", expected.0));
    }
    found
}

/// What a case writes for the parts of a header or a body: each secret by its name, in whichever form it goes out.
fn in_words(parts: &[Part]) -> String {
    let words = parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Part::Secret(name) | Part::PercentEncoded(name) => format!("${{{name}}}"),
        Part::JsonString(name) => format!("\"${{{name}}}\""),
        Part::Basic(user, name) => format!("{user}:${{{name}}}"),
    });
    words.collect()
}
