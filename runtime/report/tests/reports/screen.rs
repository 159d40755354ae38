//! A terminal in memory, and the reporter that draws on it.

use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use windlass_report::{Palette, Reporter, Size, Terminal, usual_next_command};

use crate::runs::Course;
use crate::sink::Sink;

/// Lines that the terminal remembers above its screen.
const HISTORY: usize = 1000;

pub struct Screen {
    pub sink: Sink,
    pub reporter: Terminal<Sink>,
    size: Arc<Mutex<Size>>,
    parser: vt100::Parser,
    fed: usize,
}

fn length(length: usize) -> NonZero<u16> {
    NonZero::new(u16::try_from(length).unwrap()).unwrap()
}

impl Screen {
    pub fn new(columns: usize, rows: usize, palette: Palette) -> Self {
        let (sink, size) = (Sink::default(), Arc::new(Mutex::new(Size { columns, rows })));
        let asked = Arc::clone(&size);
        let asked = Box::new(move || *asked.lock().unwrap());
        let reporter = Terminal::new(sink.clone(), asked, palette, Box::new(usual_next_command));
        let parser = vt100::Parser::new(length(rows), length(columns), HISTORY);
        Self { sink, reporter, size, parser, fed: 0 }
    }

    /// Shows what happens before `until`, and then waits until that moment.
    pub fn show(&mut self, course: &Course, until: u64) {
        for (at, event) in course.iter().filter(|(at, _)| *at < until) {
            self.reporter.event(Duration::from_millis(*at), event).unwrap();
        }
        self.wait(until);
    }

    pub fn wait(&mut self, until: u64) {
        self.reporter.idle(Duration::from_millis(until)).unwrap();
    }

    /// Gives the terminal what was written since. Its own driver adds the carriage returns.
    fn feed(&mut self) {
        let text = self.sink.text();
        self.parser.process(text[self.fed..].replace('\n', "\r\n").as_bytes());
        self.fed = text.len();
    }

    /// Makes the window another size, as a person does between two pictures: the terminal changes first, and is asked later.
    pub fn resize(&mut self, columns: usize, rows: usize) {
        self.feed();
        self.parser.set_size(length(rows), length(columns));
        *self.size.lock().unwrap() = Size { columns, rows };
    }

    /// What the terminal shows after all that was written.
    pub fn contents(&mut self) -> String {
        self.feed();
        self.parser.screen().contents()
    }

    /// What has scrolled out at the top.
    pub fn history(&mut self) -> Vec<String> {
        self.feed();
        let screen = self.parser.screen_mut();
        let mut lines = Vec::new();
        for back in (1..=screen.scrollback_len()).rev() {
            screen.set_scrollback(back);
            lines.extend(screen.rows(0, u16::MAX).next());
        }
        screen.set_scrollback(0);
        lines
    }
}
