//! People in SQLite: what each call reads and writes.

use flow_engine::{Person, PersonId, PersonKind, Role};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{Change, Link, People, PeopleError, Result, Stamp, check, note};
use crate::store::sqlite::Sqlite;
use crate::store::writer::Write;
use crate::store::{self, StoreError};

const PERSON: &str = "SELECT id, username, name, role, kind, active FROM people";

impl People for Sqlite {
    fn person(&self, id: PersonId) -> store::Result<Option<Person>> {
        self.read(|c| by_id(c, &id.to_string()))
    }

    fn person_by_email(&self, email: &str) -> store::Result<Option<Person>> {
        self.read(|c| one(c, "SELECT person FROM emails WHERE email = ?1", email))
    }

    fn active(&self) -> store::Result<Vec<Person>> {
        self.read(|c| page(c, "", false, usize::MAX))
    }
}

/// The person with this id, username or address.
pub fn find(c: &Connection, name: &str) -> store::Result<Option<Person>> {
    let sql = "SELECT id FROM people WHERE id = ?1 OR username = ?1
               UNION SELECT person FROM emails WHERE email = ?1";
    one(c, sql, &name.trim().to_lowercase())
}

/// Everybody by username.
pub fn page(
    c: &Connection,
    after: &str,
    inactive: bool,
    limit: usize,
) -> store::Result<Vec<Person>> {
    let sql = "SELECT id FROM people WHERE username > ?1 AND (active OR ?2)
               ORDER BY username LIMIT ?3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut ids = c.prepare_cached(sql)?;
    let ids = ids
        .query_map(params![after, inactive, limit], |r| r.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    ids.iter().map(|id| by_id(c, id)).filter_map(std::result::Result::transpose).collect()
}

/// Writes somebody new. Where that was done before, under the same id, nothing is: the answer to it
/// was lost.
pub fn add(w: &mut Write<'_>, person: &Person, stamp: &Stamp) -> Result<()> {
    if by_id(w.connection, &person.id.to_string())?.is_some() {
        return Ok(());
    }
    free(w.connection, person)?;
    let sql = "INSERT INTO people (id, username, name, role, kind, active, added_at)
               VALUES (?, ?, ?, ?, ?, 1, ?)";
    w.connection.prepare_cached(sql)?.execute(params![
        person.id.to_string(),
        person.username,
        person.name,
        person.role.word(),
        kind_word(person.kind),
        stamp.at.as_microsecond()
    ])?;
    put_emails(w.connection, person)?;
    note(w, "person.added", stamp, facts(person))?;
    Ok(())
}

/// Changes somebody, and gives them as they are then.
pub fn change(w: &mut Write<'_>, id: PersonId, change: Change, stamp: &Stamp) -> Result<Person> {
    let before = known(w.connection, id)?;
    let mut person = before.clone();
    if let Some(emails) = &change.emails {
        person.emails = check::emails(emails)?;
        // A username that was an address which is gone would name nobody.
        if person.username.contains('@') && change.username.is_none() {
            person.username = person.email().to_owned();
        }
    }
    if let Some(username) = &change.username {
        person.username = check::username(username, &person.emails)?;
    }
    if let Some(name) = &change.name {
        person.name = check::name(name)?;
    }
    person.role = change.role.unwrap_or(person.role);
    if person == before {
        return Ok(person);
    }
    if before.role == Role::Admin && person.role != Role::Admin {
        other_admin(w.connection, &before)?;
    }
    free(w.connection, &person)?;
    let sql = "UPDATE people SET username = ?2, name = ?3, role = ?4 WHERE id = ?1";
    w.connection.prepare_cached(sql)?.execute(params![
        id.to_string(),
        person.username,
        person.name,
        person.role.word()
    ])?;
    w.connection.execute("DELETE FROM emails WHERE person = ?1", [id.to_string()])?;
    put_emails(w.connection, &person)?;
    let facts = json!({ "before": facts(&before), "after": facts(&person) });
    note(w, "person.changed", stamp, facts)?;
    Ok(person)
}

/// Shuts somebody out. Doing it twice changes nothing.
pub fn deactivate(
    w: &mut Write<'_>,
    id: PersonId,
    reason: Option<&str>,
    stamp: &Stamp,
) -> Result<Person> {
    let mut person = known(w.connection, id)?;
    if !person.active {
        return Ok(person);
    }
    if person.role == Role::Admin {
        other_admin(w.connection, &person)?;
    }
    w.connection.execute("UPDATE people SET active = 0 WHERE id = ?1", [id.to_string()])?;
    let tokens = w.connection.execute(
        "UPDATE tokens SET gone = 'deactivated', gone_at = ?2 WHERE person = ?1 AND gone IS NULL",
        params![id.to_string(), stamp.at.as_microsecond()],
    )?;
    let facts = json!({
        "person": id.to_string(), "username": person.username, "reason": reason, "tokens": tokens,
    });
    note(w, "person.deactivated", stamp, facts)?;
    person.active = false;
    Ok(person)
}

/// A person's accounts elsewhere.
pub fn links(c: &Connection, id: PersonId) -> store::Result<Vec<Link>> {
    let sql = "SELECT service, tenant, external_id, how, at FROM links WHERE person = ?1
               ORDER BY service, tenant, external_id";
    let mut rows = c.prepare_cached(sql)?;
    let rows = rows.query_map([id.to_string()], |row| {
        Ok(Link {
            service: row.get(0)?,
            tenant: row.get(1)?,
            external_id: row.get(2)?,
            how: row.get(3)?,
            at: time(row, 4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether nobody is known yet.
pub fn is_empty(c: &Connection) -> store::Result<bool> {
    Ok(c.query_row("SELECT NOT EXISTS (SELECT 1 FROM people)", [], |r| r.get(0))?)
}

/// An instant in a column of microseconds.
pub fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let us: i64 = row.get(column)?;
    Timestamp::from_microsecond(us)
        .map_err(|e| rusqlite::types::FromSqlError::Other(Box::new(e)).into())
}

/// A person by the text of their id.
pub fn by_id(c: &Connection, id: &str) -> store::Result<Option<Person>> {
    let sql = format!("{PERSON} WHERE id = ?1");
    let row = c
        .prepare_cached(&sql)?
        .query_row([id], |r| {
            let texts: [String; 5] = [r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?];
            Ok((texts, r.get::<_, bool>(5)?))
        })
        .optional()?;
    let Some(([id, username, name, role, kind], active)) = row else { return Ok(None) };
    let mut emails =
        c.prepare_cached("SELECT email FROM emails WHERE person = ?1 ORDER BY place")?;
    let emails = emails.query_map([&id], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    let damaged = |what: &str| StoreError::Damaged(format!("`{what}` of a person"));
    Ok(Some(Person {
        id: id.parse().map_err(|_| damaged(&id))?,
        username,
        emails,
        name,
        role: [Role::Admin, Role::Member, Role::Guest]
            .into_iter()
            .find(|r| r.word() == role)
            .ok_or_else(|| damaged(&role))?,
        kind: [PersonKind::Human, PersonKind::Bot]
            .into_iter()
            .find(|k| kind_word(*k) == kind)
            .ok_or_else(|| damaged(&kind))?,
        active,
    }))
}

fn one(c: &Connection, sql: &str, value: &str) -> store::Result<Option<Person>> {
    let id: Option<String> = c.prepare_cached(sql)?.query_row([value], |r| r.get(0)).optional()?;
    id.map_or(Ok(None), |id| by_id(c, &id))
}

/// The word of a kind of person.
pub const fn kind_word(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Human => "human",
        PersonKind::Bot => "bot",
    }
}

/// The person, or that there is none.
pub fn known(c: &Connection, id: PersonId) -> Result<Person> {
    by_id(c, &id.to_string())?
        .ok_or_else(|| PeopleError::Unknown { what: "person", name: id.to_string() })
}

/// Invariant: a username or address means one person, in either column.
fn free(c: &Connection, person: &Person) -> Result<()> {
    let sql = "SELECT p.username FROM people p LEFT JOIN emails e ON e.person = p.id
               WHERE p.id <> ?1 AND (p.username = ?2 OR e.email = ?2) LIMIT 1";
    let emails = person.emails.iter().map(|e| ("emails", e));
    let names = emails.chain(std::iter::once(("username", &person.username)));
    for (field, value) in names {
        let owner: Option<String> = c
            .prepare_cached(sql)?
            .query_row(params![person.id.to_string(), value], |r| r.get(0))
            .optional()?;
        if let Some(owner) = owner {
            return Err(PeopleError::Taken { field, value: value.clone(), owner });
        }
    }
    Ok(())
}

fn other_admin(c: &Connection, but: &Person) -> Result<()> {
    let sql = "SELECT EXISTS (SELECT 1 FROM people
               WHERE role = 'admin' AND kind = 'human' AND active AND id <> ?1)";
    if c.prepare_cached(sql)?.query_row([but.id.to_string()], |r| r.get(0))? {
        return Ok(());
    }
    Err(PeopleError::LastAdmin(but.username.clone()))
}

fn put_emails(c: &Connection, person: &Person) -> Result<()> {
    let mut put = c.prepare_cached("INSERT INTO emails (email, person, place) VALUES (?, ?, ?)")?;
    for (place, email) in (0_i64..).zip(&person.emails) {
        put.execute(params![email, person.id.to_string(), place])?;
    }
    Ok(())
}

fn facts(person: &Person) -> serde_json::Value {
    json!({
        "person": person.id.to_string(), "username": person.username, "emails": person.emails,
        "name": person.name, "role": person.role.word(), "kind": kind_word(person.kind),
    })
}
