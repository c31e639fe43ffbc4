//! Accounts elsewhere that speak for a person, in SQLite. A link once made is pinned: one account
//! speaks for one person until an admin takes the link away.

use flow_engine::{Person, PersonId};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{Link, PeopleError, Result, Stamp, note, rows};
use crate::store;
use crate::store::writer::Write;

/// Made by a verified e-mail address alone: whoever resets a mailbox may have it, so it is good for
/// asking only, until an admin makes it.
pub const BY_EMAIL: &str = "email";
/// Made by an admin.
pub const BY_ADMIN: &str = "admin";

/// Whose account this is, and how that came.
pub fn holder(
    c: &Connection,
    (service, tenant, external_id): (&str, &str, &str),
) -> store::Result<Option<(Person, String)>> {
    let sql = "SELECT person, how FROM links
               WHERE service = ?1 AND tenant = ?2 AND external_id = ?3";
    let found = c
        .prepare_cached(sql)?
        .query_row([service, tenant, external_id], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let Some((person, how)): Option<(String, String)> = found else { return Ok(None) };
    Ok(rows::by_id(c, &person)?.map(|person| (person, how)))
}

/// Makes a link; one that stood by e-mail becomes an admin's. Doing it twice changes nothing.
pub fn link(w: &mut Write<'_>, id: PersonId, link: &Link, stamp: &Stamp) -> Result<()> {
    let person = rows::known(w.connection, id)?;
    let at = (link.service.as_str(), link.tenant.as_str(), link.external_id.as_str());
    let stands = holder(w.connection, at)?;
    match &stands {
        Some((owner, _)) if owner.id != id => {
            return Err(PeopleError::Taken {
                field: "external_id",
                value: link.external_id.clone(),
                owner: owner.username.clone(),
            });
        }
        Some((_, how)) if *how == link.how || *how == BY_ADMIN => return Ok(()),
        Some(_) | None => {}
    }
    // One account of a person in one place: a second one would be a second key to the same door.
    let sql = "SELECT external_id FROM links WHERE person = ?1 AND service = ?2 AND tenant = ?3";
    let other: Option<String> = w
        .connection
        .prepare_cached(sql)?
        .query_row(params![id.to_string(), link.service, link.tenant], |r| r.get(0))
        .optional()?;
    if let Some(other) = other.filter(|other| *other != link.external_id) {
        return Err(PeopleError::Bad {
            field: "external_id",
            why: format!(
                "`{}` has the account `{other}` there; take that link away first",
                person.username
            ),
        });
    }
    let sql = "INSERT INTO links (service, tenant, external_id, person, how, at)
               VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (service, tenant, external_id) DO UPDATE SET how = excluded.how, at = excluded.at";
    w.connection.prepare_cached(sql)?.execute(params![
        link.service,
        link.tenant,
        link.external_id,
        id.to_string(),
        link.how,
        stamp.at.as_microsecond()
    ])?;
    note(w, "person.linked", stamp, facts(&person, link))?;
    Ok(())
}

/// Takes a link away, and with it the sessions and tokens of its person: which of them came by it is
/// not known.
pub fn unlink(w: &mut Write<'_>, id: PersonId, link: &Link, stamp: &Stamp) -> Result<()> {
    let person = rows::known(w.connection, id)?;
    let sql = "DELETE FROM links
               WHERE person = ?1 AND service = ?2 AND tenant = ?3 AND external_id = ?4";
    let gone = w
        .connection
        .execute(sql, params![id.to_string(), link.service, link.tenant, link.external_id])?;
    if gone == 0 {
        return Err(PeopleError::Unknown { what: "link", name: link.external_id.clone() });
    }
    w.connection.execute(
        "UPDATE tokens SET gone = 'revoked', gone_at = ?2 WHERE person = ?1 AND gone IS NULL",
        params![id.to_string(), stamp.at.as_microsecond()],
    )?;
    note(w, "person.unlinked", stamp, facts(&person, link))?;
    Ok(())
}

fn facts(person: &Person, link: &Link) -> serde_json::Value {
    json!({
        "person": person.id.to_string(), "username": person.username, "service": link.service,
        "tenant": link.tenant, "external_id": link.external_id, "how": link.how,
    })
}
