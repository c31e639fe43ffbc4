//! "did you mean": the nearest of the known names.

/// Longer words than this are not compared.
const NAME_MAX: usize = 128;

/// The known name nearest to `wrong`, if it is near enough: a third of its length, at least one
/// letter, where swapping two neighbours counts once.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer ones are no names, and the distance of two long texts takes long to find.
    let known: Vec<&str> = known.into_iter().collect();
    // Only written in other letters: whatever the distance, nothing else was meant.
    if let Some(name) = known.iter().find(|n| n.eq_ignore_ascii_case(wrong) && **n != wrong) {
        return Some(name);
    }
    let length = Some(wrong.chars().count()).filter(|length| *length <= NAME_MAX)?;
    let most = (length / 3).max(1);
    known
        .into_iter()
        .filter(|name| name.len() <= 2 * NAME_MAX && name.chars().count().abs_diff(length) <= most)
        .map(|name| (strsim::osa_distance(wrong, name), name))
        .filter(|(distance, name)| *distance <= most && *name != wrong)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The one known name that was certainly meant: no other is near enough. Names of one or two letters
/// are near to too much.
pub(crate) fn only<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let near = nearest(wrong, known.clone()).filter(|_| wrong.chars().count() > 2)?;
    nearest(wrong, known.into_iter().filter(|name| *name != near)).is_none().then_some(near)
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
    use super::{nearest, only};

    #[test]
    fn what_is_certain_has_no_rival() {
        let known = ["on_request", "on_escalate", "after_request"];
        assert_eq!(only("on_reqest", known), Some("on_request"));
        assert_eq!(only("member", ["members", "membre"]), None);
        assert_eq!(only("ab", ["ba"]), None);
    }

    #[test]
    fn swaps_count_once_and_far_names_are_not_offered() {
        let known = ["on_request", "on_escalate", "after_request"];
        assert_eq!(nearest("on_reqest", known), Some("on_request"));
        assert_eq!(nearest("on_reuqest", known), Some("on_request"));
        assert_eq!(nearest("nothing", known), None);
        assert_eq!(nearest("ab", ["ba"]), Some("ba"));
        assert_eq!(nearest("get", ["SET", "GET"]), Some("GET"));
        assert_eq!(nearest("GET", ["GET"]), None);
    }
}
