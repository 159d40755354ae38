//! A live view of tasks and steps at the bottom of a terminal, and one permanent line above it for all that ended.

mod live;
mod permanent;
mod region;

use std::io::Write;
use std::time::Duration;

use windlass_model::event::RunEvent;

use crate::next_command::NextCommand;
use crate::palette::Palette;
use crate::screen::write_last_screen;
use crate::state::RunState;
use crate::{ReportError, Reporter};

use region::Region;

/// Time between two pictures, unless something permanent is to be shown.
const FRAME: Duration = Duration::from_millis(100);

/// The size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// Draws on a terminal. Nothing else may write there while the run goes on.
pub struct Terminal<W: Write> {
    region: Region<W>,
    size: Box<dyn Fn() -> Size + Send>,
    palette: Palette,
    next: NextCommand,
    state: RunState,
    /// Permanent lines that are not drawn yet.
    permanent: String,
    drawn_at: Option<Duration>,
}

impl<W: Write> Terminal<W> {
    /// A reporter that draws on `out`, asking for its `size` before each picture, because a window may change.
    pub fn new(out: W, size: Box<dyn Fn() -> Size + Send>, palette: Palette, next: NextCommand) -> Self {
        let (region, state) = (Region::new(out), RunState::default());
        Self { region, size, palette, next, state, permanent: String::new(), drawn_at: None }
    }

    fn draw_if_due(&mut self, at: Duration) -> Result<(), ReportError> {
        let due = self.drawn_at.is_none_or(|drawn_at| at.saturating_sub(drawn_at) >= FRAME);
        if !due && self.permanent.is_empty() {
            return Ok(());
        }
        self.drawn_at = Some(at);
        let size = (self.size)();
        let live = live::lines(&self.state, at, size, self.palette);
        self.region.draw(&std::mem::take(&mut self.permanent), live, size)?;
        Ok(())
    }
}

impl<W: Write> Reporter for Terminal<W> {
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        self.state.apply(at, event);
        permanent::add(&mut self.permanent, &self.state, event, self.palette);
        self.draw_if_due(at)
    }

    fn idle(&mut self, at: Duration) -> Result<(), ReportError> {
        self.draw_if_due(at)
    }

    fn finish(&mut self) -> Result<(), ReportError> {
        let mut last = std::mem::take(&mut self.permanent).into_bytes();
        write_last_screen(&mut last, &self.state, self.palette, &self.next)?;
        self.region.draw(&String::from_utf8_lossy(&last), Vec::new(), (self.size)())?;
        Ok(())
    }
}
