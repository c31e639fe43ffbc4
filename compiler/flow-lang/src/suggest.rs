//! "did you mean": the nearest of the known names.

/// The known name nearest to `wrong`, if it is near enough: a third of its length, at least one
/// letter, where swapping two neighbours counts once.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wrong.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= most && *name != wrong)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `did you mean `x`?`, or the known names, or nothing at all where there are none.
pub(crate) fn help<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    prefix: &str,
) -> Option<String> {
    if let Some(name) = nearest(wrong, known.clone()) {
        return Some(format!("did you mean `{prefix}{name}`?"));
    }
    let names: Vec<String> = known.into_iter().take(12).map(|n| format!("`{n}`")).collect();
    (!names.is_empty()).then(|| format!("known here: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn swaps_count_once_and_far_names_are_not_offered() {
        let known = ["on_request", "on_escalate", "after_request"];
        assert_eq!(nearest("on_reqest", known), Some("on_request"));
        assert_eq!(nearest("on_reuqest", known), Some("on_request"));
        assert_eq!(nearest("nothing", known), None);
        assert_eq!(nearest("ab", ["ba"]), Some("ba"));
    }
}
