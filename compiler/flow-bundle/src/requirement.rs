//! Which runtimes may load a bundle: `>= 0.1.0, < 2.0.0`, in the manner of Terraform's version
//! constraints. Pre-releases are not here: a runtime has none.

use std::cmp::Ordering;

/// The version of this runtime and compiler.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether `version` fits the requirement.
///
/// # Errors
/// The part of the requirement that is none.
pub fn fits(requirement: &str, version: &str) -> Result<bool, String> {
    let (version, _) = numbers(version)?;
    let mut all = true;
    for part in requirement.split(',') {
        let part = part.trim();
        let end = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (op, rest) = part.split_at_checked(end).unwrap_or((part, ""));
        let (wanted, given) = numbers(rest)?;
        let order = version.cmp(&wanted);
        all &= match op.trim() {
            "" | "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            // The last number given may grow, the ones before it not.
            "~>" => order != Ordering::Less && same_prefix(version, wanted, given.max(2) - 1),
            other => return Err(format!("`{other}` in `{part}` is no comparison")),
        };
    }
    Ok(all)
}

fn same_prefix(a: [u64; 3], b: [u64; 3], count: usize) -> bool {
    a.iter().zip(b).take(count).all(|(a, b)| *a == b)
}

/// Three numbers, and how many of them were written.
fn numbers(text: &str) -> Result<([u64; 3], usize), String> {
    let bad = || format!("`{text}` is no version: `1.2.3`");
    let parts = text.trim().split('.').map(|p| {
        let plain = !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
        if plain { p.parse::<u64>().map_err(|_| bad()) } else { Err(bad()) }
    });
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    match parts.as_slice() {
        [a] => Ok(([*a, 0, 0], 1)),
        [a, b] => Ok(([*a, *b, 0], 2)),
        [a, b, c] => Ok(([*a, *b, *c], 3)),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn constraints() {
        for (requirement, version, expected) in [
            (">= 0.1.0", "0.1.0", Ok(true)),
            (">= 0.1.0, < 0.2", "0.1.9", Ok(true)),
            (">= 0.1.0, < 0.2", "0.2.0", Ok(false)),
            ("~> 1.2", "1.9.0", Ok(true)),
            ("~> 1.2", "2.0.0", Ok(false)),
            ("~> 1.2.3", "1.2.9", Ok(true)),
            ("~> 1.2.3", "1.3.0", Ok(false)),
            ("1.0.0", "1.0.0", Ok(true)),
            ("!= 1", "1.0.0", Ok(false)),
            ("=> 1", "1.0.0", Err("`=>` in `=> 1` is no comparison".to_owned())),
            (">= x", "1.0.0", Err("`` is no version: `1.2.3`".to_owned())),
            (">= 1.2.3.4", "1.0.0", Err("`1.2.3.4` is no version: `1.2.3`".to_owned())),
        ] {
            assert_eq!(fits(requirement, version), expected, "{requirement} {version}");
        }
    }
}
