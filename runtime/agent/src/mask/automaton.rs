//! Finds many patterns at once (Aho and Corasick, 1975), and tells how much of the stream's end may begin a pattern.
//!
//! A kept library would do if it told the second; none does, and without it the end of every line would be held back by
//! the length of the longest secret.

use std::collections::{BTreeMap, VecDeque};

/// Where the automaton stands: the longest end of the stream that begins a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State(u32);

impl State {
    /// No byte of the stream matters any more.
    pub const START: Self = Self(0);
}

/// What there is to know of one state.
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// The state for the longest proper end of this one.
    fallback: u32,
    /// The number of bytes that led here.
    depth: u32,
    /// The length of the longest pattern that ends here; 0 for none.
    longest: u32,
    /// The place of the first edge in `edges`; they end where the next node's begin.
    edges: u32,
}

/// Finds patterns of at least two bytes.
#[derive(Debug)]
pub struct Automaton {
    /// All states, and one more for the end of the last one's edges.
    nodes: Vec<Node>,
    edges: Vec<(u8, u32)>,
    /// The states after one byte.
    first: Box<[u32; 256]>,
    /// Which pairs of bytes begin a pattern: one bit each.
    pairs: Box<[u64; 1024]>,
}

/// A trie while it is built.
#[derive(Debug, Default)]
struct Trie {
    children: Vec<BTreeMap<u8, u32>>,
    ends: Vec<bool>,
}

impl Trie {
    fn new(patterns: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let mut trie = Self { children: vec![BTreeMap::new()], ends: vec![false] };
        for pattern in patterns {
            let mut node = 0;
            for byte in pattern.as_ref() {
                // 4 GB of patterns fit no container's memory.
                let next = u32::try_from(trie.children.len()).unwrap_or(u32::MAX);
                let child = *trie.children[node].entry(*byte).or_insert(next);
                if child == next {
                    trie.children.push(BTreeMap::new());
                    trie.ends.push(false);
                }
                node = child as usize;
            }
            trie.ends[node] = true;
        }
        trie
    }
}

impl Automaton {
    /// An automaton for these patterns, each of at least two bytes.
    pub fn new(patterns: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let trie = Trie::new(patterns);
        let mut built = Self {
            nodes: Vec::with_capacity(trie.children.len() + 1),
            edges: Vec::with_capacity(trie.children.len()),
            first: Box::new([0; 256]),
            pairs: Box::new([0; 1024]),
        };
        for children in &trie.children {
            built.nodes.push(Node { edges: built.edge_count(), ..Node::default() });
            built.edges.extend(children.iter().map(|(byte, child)| (*byte, *child)));
        }
        built.nodes.push(Node { edges: built.edge_count(), ..Node::default() });
        built.index_beginnings(&trie);
        built.link(&trie);
        built
    }

    fn edge_count(&self) -> u32 {
        u32::try_from(self.edges.len()).unwrap_or(u32::MAX)
    }

    fn index_beginnings(&mut self, trie: &Trie) {
        for (byte, child) in &trie.children[0] {
            self.first[usize::from(*byte)] = *child;
            for second in trie.children[*child as usize].keys() {
                let pair = u16::from_be_bytes([*byte, *second]);
                self.pairs[usize::from(pair >> 6)] |= 1 << (pair & 63);
            }
        }
    }

    /// Fills in fallbacks, depths and matches, breadth first: a fallback is always nearer to the start.
    fn link(&mut self, trie: &Trie) {
        let mut queue = VecDeque::from([0usize]);
        while let Some(parent) = queue.pop_front() {
            for (byte, child) in &trie.children[parent] {
                let fallback = match parent {
                    0 => 0,
                    _ => self.step(self.nodes[parent].fallback, *byte),
                };
                let depth = self.nodes[parent].depth + 1;
                let child = *child as usize;
                let longest = match trie.ends[child] {
                    true => depth,
                    false => self.nodes[fallback as usize].longest,
                };
                let node = &mut self.nodes[child];
                (node.fallback, node.depth, node.longest) = (fallback, depth, longest);
                queue.push_back(child);
            }
        }
    }

    /// How many bytes at the stream's end may be the beginning of a pattern.
    #[must_use]
    pub fn depth(&self, state: State) -> usize {
        self.nodes[state.0 as usize].depth as usize
    }

    /// Goes over `bytes`. Calls `found(end, length)` for the longest pattern that ends before `bytes[end]`, for every such place in order.
    pub fn run(&self, state: State, bytes: &[u8], mut found: impl FnMut(usize, usize)) -> State {
        let mut state = state.0;
        let mut place = 0;
        loop {
            if state == State::START.0 {
                place = self.skip(bytes, place);
            }
            let Some(byte) = bytes.get(place) else {
                return State(state);
            };
            state = self.step(state, *byte);
            place += 1;
            let longest = self.nodes[state as usize].longest;
            if longest > 0 {
                found(place, longest as usize);
            }
        }
    }

    /// The first place from `place` on where a pattern can begin.
    fn skip(&self, bytes: &[u8], place: usize) -> usize {
        let rest = bytes.get(place..).unwrap_or_default();
        for (ahead, pair) in rest.windows(2).enumerate() {
            let pair = u16::from_be_bytes([pair[0], pair[1]]);
            if self.pairs[usize::from(pair >> 6)] >> (pair & 63) & 1 == 1 {
                return place + ahead;
            }
        }
        // The last byte has no follower yet.
        place.max(bytes.len().saturating_sub(1))
    }

    fn step(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            if state == State::START.0 {
                return self.first[usize::from(byte)];
            }
            let node = state as usize;
            let edges = self.nodes[node].edges as usize..self.nodes[node + 1].edges as usize;
            if let Some((_, child)) = self.edges[edges].iter().find(|(b, _)| *b == byte) {
                return *child;
            }
            state = self.nodes[node].fallback;
        }
    }
}
