//! Addresses: the name of a declaration that holds in the whole bundle.
//!
//! Inside, an address is the block word, the module that the declaration stands in, its labels and
//! the key of its instance: `flow.module.tenant["a"].access["billing"]`. Without the word it is the
//! key in a bundle. People read and write the module first: `module.tenant["a"].flow.access`.

/// The address of a declaration of a module whose names begin with `prefix`.
pub(crate) fn within(prefix: &str, relative: &str) -> String {
    match relative.split_once('.') {
        Some((word, rest)) => format!("{word}.{prefix}{rest}"),
        None => relative.to_owned(),
    }
}

/// The address of one instance.
pub(crate) fn instance(base: &str, key: &str) -> String {
    format!("{base}[\"{key}\"]")
}

/// An address without its block word, as it stands in a bundle.
pub(crate) fn bare(address: &str) -> &str {
    address.split_once('.').map_or(address, |(_, rest)| rest)
}

/// `module.a["x"].module.b.` and what stands behind it, of a key in a bundle.
pub(crate) fn split_module(key: &str) -> (&str, &str) {
    let mut at = 0;
    while let Some(rest) = key.get(at..)
        && let Some(name) = rest.strip_prefix("module.")
    {
        let Some(stop) = name.find(['.', '[']) else { break };
        let is_instance = name.get(stop..).is_some_and(|s| s.starts_with('['));
        let end = if is_instance { name.find("\"].").map(|i| i + 3) } else { Some(stop + 1) };
        let Some(end) = end else { break };
        at += "module.".len() + end;
    }
    key.split_at_checked(at).unwrap_or(("", key))
}

/// The first label of a typed declaration: `okta_group` of `target.module.a.okta_group.admins`.
pub(crate) fn kind(address: &str) -> &str {
    let (_, own) = split_module(bare(address));
    own.split('.').next().unwrap_or_default()
}

/// As people write it: the module stands first.
pub(crate) fn shown(address: &str) -> String {
    let Some((word, key)) = address.split_once('.') else { return address.to_owned() };
    let (prefix, own) = split_module(key);
    format!("{prefix}{word}.{own}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_stands_first_for_people_and_behind_the_word_inside() {
        for (inside, people, of_type) in [
            ("flow.access", "flow.access", "access"),
            ("target.okta_group.a[\"x.y\"]", "target.okta_group.a[\"x.y\"]", "okta_group"),
            (
                "target.module.t[\"a.b\"].module.u.okta_group.a",
                "module.t[\"a.b\"].module.u.target.okta_group.a",
                "okta_group",
            ),
            ("module.module.a.b[\"k\"]", "module.a.module.b[\"k\"]", "b[\"k\"]"),
        ] {
            assert_eq!(shown(inside), people);
            assert_eq!(kind(inside), of_type);
        }
    }
}
