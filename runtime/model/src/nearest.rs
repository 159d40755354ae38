//! "Did you mean": the known word nearest to one that is not known.

/// How many words a slip is compared with.
const MOST: usize = 1000;

/// The candidate that `word` is most likely a slip of, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word of a hundred letters is nobody's slip, and the distance takes quadratic time.
    if word.len() > 100 {
        return None;
    }
    let lower = word.to_lowercase();
    let length = word.chars().count();
    let allowed = (word.len() / 4).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= 100 && candidate.chars().count().abs_diff(length) <= allowed)
        .take(MOST)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let words = ["image", "memory", "additional_containers"];
        assert_eq!(nearest("imge", words), Some("image"));
        assert_eq!(nearest("Memory", words), Some("memory"));
        assert_eq!(nearest("additional_container", words), Some("additional_containers"));
        assert_eq!(nearest("volumes", words), None);
    }
}
