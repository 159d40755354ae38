//! Columns.

use unicode_width::UnicodeWidthStr as _;

/// Rows as aligned columns, two spaces apart, each line ended by a newline. The last column may be of any length.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
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
}
