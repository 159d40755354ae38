//! The name that was probably meant.

/// The one of `names` that is nearest to a wrong one, if it is near enough to be a slip.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = 1 + wrong.chars().count() / 4;
    let scored = names.into_iter().map(|name| (strsim::damerau_levenshtein(wrong, name), name));
    scored.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}
