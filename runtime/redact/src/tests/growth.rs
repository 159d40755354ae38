//! Time and memory, and what waits.

use super::*;

/// A value without repetition: what is found by looking at all of it.
fn random(length: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'!' + u8::try_from((state >> 33) % 90).unwrap_or_default()
    };
    (0..length).map(|_| next()).collect()
}

/// Nanoseconds that this thread has computed; waiting for a busy machine does not count.
fn computed() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    stat.split(' ').next().and_then(|first| first.parse().ok()).expect("a number")
}

/// Proves that learning a secret and masking it take time that grows with its length and not with the square of it: one that is sixty-four
/// times as long takes about as long as sixty-four, where a square would take sixty-four times that. One thread's own time is compared with
/// its own, so that neither a slow nor a busy machine matters.
#[test]
fn time_grows_with_the_secret_and_not_with_its_square() {
    type Make = fn(usize) -> Vec<u8>;
    let kinds: [(&str, Make); 4] = [
        ("one letter", |length| vec![b'a'; length]),
        ("line ends", |length| vec![b'\n'; length]),
        ("lines", |length| b"a\nab c\nabcd\n".iter().copied().cycle().take(length).collect()),
        ("anything", random),
    ];
    for (kind, make) in kinds {
        let took = |length: usize, times: usize| {
            let value = make(length);
            let chunks: Vec<&[u8]> = value.chunks(1000).collect();
            let began = computed();
            (0..times).for_each(|_| drop(masked_in_chunks(&Patterns::of([&value]), &chunks)));
            computed() - began
        };
        let (short, long) = (took(16 << 10, 64), took(1 << 20, 1));
        // The system counts in ticks of some milliseconds.
        assert!(long < short.max(20_000_000) * 12, "{kind}: {short} ns, and {long} ns in one piece");
    }
}

/// Proves that memory is bounded by the length of what is masked: an automaton took two thousand bytes for each.
#[test]
fn patterns_take_a_few_bytes_for_each_of_a_secret() {
    for value in [random(1 << 20), vec![b'a'; 1 << 20]] {
        let bytes: usize = forms(&value).iter().map(Vec::len).sum();
        assert!(bytes <= 16 * value.len(), "{bytes}");
    }
    let same = forms(&vec![b'a'; 1 << 20]);
    assert!(same.len() < 40, "what repeats is kept once: {}", same.len());
}

/// Proves that what waits at the end of a chunk is bounded, whatever the secret is like.
#[test]
fn what_waits_is_bounded() {
    let value = random(100_000);
    let patterns = Patterns::of([&value]);
    for cut in [10, 1000, 99_999] {
        assert!(patterns.undecided(&value[..cut]) < 64);
    }
}
