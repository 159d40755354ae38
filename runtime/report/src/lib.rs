//! Shows the events of a run: on a terminal, as plain lines, as JSON lines.
