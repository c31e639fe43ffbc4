//! What a username, a name and an e-mail address may look like, and the one form in which they are
//! kept. Whether they are free is asked where they are written (`rows.rs`).

use super::{PeopleError, Result};

/// Longest of each: what RFC 5321 allows for an address.
const LENGTH_MAX: usize = 254;

/// Addresses, lower-cased, in the order given. At least one, none twice.
///
/// # Errors
/// [`PeopleError::Bad`] quotes the address.
pub fn emails(given: &[String]) -> Result<Vec<String>> {
    let mut kept: Vec<String> = Vec::new();
    for email in given {
        let email = email.trim().to_lowercase();
        let whole = email.len() <= LENGTH_MAX
            && email.chars().all(|c| !c.is_whitespace() && !c.is_control())
            && email.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && !domain.contains('@')
            });
        if !whole {
            return Err(bad("emails", format!("`{email}` is no e-mail address")));
        }
        if kept.contains(&email) {
            return Err(bad("emails", format!("`{email}` is given twice")));
        }
        kept.push(email);
    }
    if kept.is_empty() {
        return Err(bad("emails", "a person needs at least one e-mail address"));
    }
    Ok(kept)
}

/// A username, lower-cased. One that looks like an address must be the person's own, so that no
/// name ever means two people.
///
/// # Errors
/// [`PeopleError::Bad`].
pub fn username(given: &str, own_emails: &[String]) -> Result<String> {
    let username = given.trim().to_lowercase();
    if username.contains('@') {
        return if own_emails.contains(&username) {
            Ok(username)
        } else {
            Err(bad("username", format!("`{username}` is not one of this person's addresses")))
        };
    }
    let fits = !username.is_empty()
        && username.len() <= 64
        && username.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c))
        && !username.starts_with(flow_engine::PersonId::PREFIX);
    if fits {
        Ok(username)
    } else {
        Err(bad("username", "a username has 1 to 64 letters, digits or `._-+`"))
    }
}

/// A name for people to read.
///
/// # Errors
/// [`PeopleError::Bad`].
pub fn name(given: &str) -> Result<String> {
    let name = given.trim();
    if name.is_empty() || name.len() > LENGTH_MAX || name.chars().any(char::is_control) {
        return Err(bad("name", "a name has 1 to 254 characters on one line"));
    }
    Ok(name.to_owned())
}

fn bad(field: &'static str, why: impl Into<String>) -> PeopleError {
    PeopleError::Bad { field, why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_have_one_form() {
        let own = emails(&[" Ana@ACME.example".to_owned()]).unwrap();
        assert_eq!(own, ["ana@acme.example"]);
        assert_eq!(username("GLaDOS", &own).unwrap(), "glados");
        assert_eq!(username("Ana@acme.example", &own).unwrap(), "ana@acme.example");
        for wrong in ["", "a b", "eve@acme.example", "person_1", "x\u{202e}"] {
            assert!(username(wrong, &own).is_err(), "{wrong:?}");
        }
        for wrong in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n"] {
            let given = [wrong.to_owned(), "x@y".to_owned(), "x@y".to_owned()];
            assert!(emails(&given).is_err(), "{wrong:?}");
        }
        assert!(emails(&[]).is_err());
        assert!(name("two\nlines").is_err());
    }
}
