//! From a template to a file.
//!
//! `{{word}}` is replaced. A line that has only `//: …` or `#: …` is an instruction: `if WORD…` keeps the lines up to `end` when one of the words is
//! true, `unless WORD…` when none is. They can stand in each other.

/// Fills a template. `has` says which words are true.
pub(super) fn fill(template: &str, has: impl Fn(&str) -> bool, words: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    // Whether the lines within each open condition are kept.
    let mut open: Vec<bool> = Vec::new();
    for line in template.split_inclusive('\n') {
        let trimmed = line.trim();
        let Some(instruction) = trimmed.strip_prefix("//:").or_else(|| trimmed.strip_prefix("#:")) else {
            if open.iter().all(|kept| *kept) {
                text.push_str(line);
            }
            continue;
        };
        let mut parts = instruction.split_whitespace();
        match parts.next() {
            Some("if") => open.push(parts.any(&has)),
            Some("unless") => open.push(!parts.any(&has)),
            _ => drop(open.pop()),
        }
    }
    for (word, value) in words {
        text = text.replace(&format!("{{{{{word}}}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let template = "{{a}}\n//: if x y\n  both\n  #: unless y\n  x alone\n  #: end\n//: end\nlast {{a}}";
        let filled = |true_ones: &[&str]| fill(template, |word| true_ones.contains(&word), &[("a", "A")]);
        assert_eq!(filled(&[]), "A\nlast A");
        assert_eq!(filled(&["x"]), "A\n  both\n  x alone\nlast A");
        assert_eq!(filled(&["x", "y"]), "A\n  both\nlast A");
    }
}
