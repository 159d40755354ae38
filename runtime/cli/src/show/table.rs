//! Columns.

use unicode_width::UnicodeWidthStr as _;
use windlass_model::text::one_line;

/// Rows as aligned columns, two spaces apart, each line ended by a newline. The last column may be of any length. Whatever is in a cell
/// stays in it.
pub fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        let rows = [["näme", "x"], ["n", "long value"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "näme  x\nn     long value\n");
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn a_cell_cannot_begin_a_row() {
        let rows = [["a\nforged row\u{1b}[2J", "x"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a forged row\u{fffd}[2J  x\n");
    }
}
