//! Tokens in SQLite, and [`Directory`] as a whole on it.

use flow_engine::{Person, PersonId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::token::{Gone, Minted, Scope, Token, hash};
use super::{
    Bearer, Change, Directory, Link, PeopleError, Result, Stamp, TokenFilter, links, note, rows,
};
use crate::store::StoreError;
use crate::store::sqlite::Sqlite;
use crate::store::writer::Write;

/// `last_used_at` is exact to this: writing it at every call would cost a sync to disk each.
const USE_STEP: SignedDuration = SignedDuration::from_mins(10);

const TOKEN: &str = "SELECT id, person, scope, issued_by, issued_at, expires_at, confirmed, \
                     last_used_at, gone, gone_at, reused_at FROM tokens";

impl Sqlite {
    /// As [`Sqlite::write`], for work that may be refused: a refusal takes back what was written.
    pub(super) fn write_people<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (refused, refusal) = std::sync::mpsc::sync_channel(1);
        let result = self.write(move |w| {
            work(w).map_err(|error| match error {
                PeopleError::Store(error) => error,
                other => {
                    // The receiver lives as long as this call, and takes one message.
                    let _sent = refused.send(other);
                    StoreError::Damaged("refused".to_owned())
                }
            })
        });
        match refusal.try_recv() {
            Ok(refusal) => Err(refusal),
            Err(_) => Ok(result?),
        }
    }
}

impl Directory for Sqlite {
    fn find(&self, name: &str) -> Result<Option<Person>> {
        Ok(self.read(|c| rows::find(c, name))?)
    }

    fn page(&self, after: Option<&str>, inactive: bool, limit: usize) -> Result<Vec<Person>> {
        Ok(self.read(|c| rows::page(c, after.unwrap_or(""), inactive, limit))?)
    }

    fn add(&self, person: Person, stamp: Stamp) -> Result<Person> {
        self.write_people(move |w| rows::add(w, &person, &stamp).map(|()| person))
    }

    fn change(&self, id: PersonId, change: Change, stamp: Stamp) -> Result<Person> {
        self.write_people(move |w| rows::change(w, id, change, &stamp))
    }

    fn deactivate(&self, id: PersonId, reason: Option<String>, stamp: Stamp) -> Result<Person> {
        self.write_people(move |w| rows::deactivate(w, id, reason.as_deref(), &stamp))
    }

    fn links(&self, id: PersonId) -> Result<Vec<Link>> {
        Ok(self.read(|c| rows::links(c, id))?)
    }

    fn holder(
        &self,
        service: &str,
        tenant: &str,
        external_id: &str,
    ) -> Result<Option<(Person, String)>> {
        Ok(self.read(|c| links::holder(c, (service, tenant, external_id)))?)
    }

    fn link(&self, id: PersonId, link: Link, stamp: Stamp) -> Result<()> {
        self.write_people(move |w| links::link(w, id, &link, &stamp))
    }

    fn unlink(&self, id: PersonId, link: Link, stamp: Stamp) -> Result<()> {
        self.write_people(move |w| links::unlink(w, id, &link, &stamp))
    }

    fn keep_token(&self, minted: &Minted, stamp: Stamp) -> Result<()> {
        let (token, hash) = (minted.token.clone(), hash(&minted.secret));
        self.write_people(move |w| {
            rows::known(w.connection, token.person)?;
            put(w.connection, &token, &hash)?;
            note(w, "token.issued", &stamp, facts(&token))?;
            Ok(())
        })
    }

    fn bearer(&self, secret: &str, now: Timestamp) -> Result<Option<Bearer>> {
        let hash = hash(secret);
        let found = self.read(|c| {
            let sql = format!("{TOKEN} WHERE hash = ?1");
            let Some((token, reused)) =
                c.prepare_cached(&sql)?.query_row([hash], token_row).optional()?
            else {
                return Ok(None);
            };
            let person = rows::by_id(c, &token.person.to_string())?;
            Ok(person.map(|person| (person, token, reused)))
        })?;
        let Some((person, token, reused)) = found else { return Ok(None) };
        let swapped = matches!(token.gone, Some((Gone::Swapped, _)));
        let mut first_reuse = false;
        if swapped && !reused {
            first_reuse = self.note_reuse(&token, &person, now)?;
        } else if token.usable(now)
            && token.last_used_at.is_none_or(|at| now.duration_since(at) > USE_STEP)
        {
            let id = token.id.clone();
            self.write(move |w| {
                let sql = "UPDATE tokens SET last_used_at = ?2 WHERE id = ?1";
                w.connection.prepare_cached(sql)?.execute(params![id, now.as_microsecond()])?;
                Ok(())
            })?;
        }
        Ok(Some(Bearer { person, token, first_reuse }))
    }

    fn swap_token(&self, old: &str, minted: &Minted, stamp: Stamp) -> Result<()> {
        let (old, token, hash) = (old.to_owned(), minted.token.clone(), hash(&minted.secret));
        self.write_people(move |w| {
            let swapped = w.connection.execute(
                "UPDATE tokens SET gone = 'swapped', gone_at = ?2
                 WHERE id = ?1 AND gone IS NULL AND NOT confirmed",
                params![old, stamp.at.as_microsecond()],
            )?;
            if swapped == 0 {
                return Err(PeopleError::Unknown { what: "token", name: old });
            }
            put(w.connection, &token, &hash)?;
            let mut facts = facts(&token);
            if let Some(facts) = facts.as_object_mut() {
                facts.insert("instead_of".to_owned(), json!(old));
            }
            note(w, "token.confirmed", &stamp, facts)?;
            Ok(())
        })
    }

    fn revoke_token(&self, id: &str, stamp: Stamp) -> Result<Token> {
        let id = id.to_owned();
        self.write_people(move |w| {
            let mut token = by_id(w.connection, &id)?
                .ok_or(PeopleError::Unknown { what: "token", name: id })?;
            if token.gone.is_none() {
                let sql = "UPDATE tokens SET gone = 'revoked', gone_at = ?2 WHERE id = ?1";
                w.connection.execute(sql, params![token.id, stamp.at.as_microsecond()])?;
                token.gone = Some((Gone::Revoked, stamp.at));
                note(w, "token.revoked", &stamp, facts(&token))?;
            }
            Ok(token)
        })
    }

    fn token(&self, id: &str) -> Result<Option<Token>> {
        Ok(self.read(|c| by_id(c, id))?)
    }

    fn page_tokens(&self, which: &TokenFilter) -> Result<Vec<Token>> {
        Ok(self.read(|c| {
            let (at, id) = match &which.before {
                Some((at, id)) => (at.as_microsecond(), id.as_str()),
                None => (i64::MAX, ""),
            };
            let sql = format!(
                "{TOKEN} WHERE (?1 IS NULL OR person = ?1)
                 AND (?2 OR (gone IS NULL AND expires_at > ?3)) AND (issued_at, id) < (?4, ?5)
                 ORDER BY issued_at DESC, id DESC LIMIT ?6"
            );
            let person = which.person.map(|p| p.to_string());
            let mut rows = c.prepare_cached(&sql)?;
            let rows = rows.query_map(
                params![person, which.past, which.now.as_microsecond(), at, id, which.limit as i64],
                |row| token_row(row).map(|(token, _)| token),
            )?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })?)
    }
}

impl Sqlite {
    /// Two parties have known a swapped token: written down once, whoever was first.
    fn note_reuse(&self, token: &Token, person: &Person, now: Timestamp) -> Result<bool> {
        let token = token.clone();
        let stamp = Stamp { by: Some(person.clone()), at: now };
        self.write_people(move |w| {
            let sql = "UPDATE tokens SET reused_at = ?2 WHERE id = ?1 AND reused_at IS NULL";
            let first = w.connection.execute(sql, params![token.id, now.as_microsecond()])? > 0;
            if first {
                note(w, "token.reused", &stamp, facts(&token))?;
            }
            Ok(first)
        })
    }
}

/// Writes a token; for [`super::init`] as well.
pub fn put(c: &Connection, token: &Token, hash: &[u8; 32]) -> Result<()> {
    let sql = "INSERT INTO tokens (id, hash, person, scope, issued_by, issued_at, expires_at,
                                   confirmed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    c.prepare_cached(sql)?.execute(params![
        token.id,
        hash,
        token.person.to_string(),
        token.scope.word(),
        token.issued_by.map(|p| p.to_string()),
        token.issued_at.as_microsecond(),
        token.expires_at.as_microsecond(),
        token.confirmed
    ])?;
    Ok(())
}

/// What the audit trail says of a token: never the secret, nor its hash.
pub fn facts(token: &Token) -> serde_json::Value {
    json!({
        "token": token.id, "person": token.person.to_string(), "scope": token.scope.word(),
        "expires_at": token.expires_at.to_string(), "confirmed": token.confirmed,
    })
}

fn by_id(c: &Connection, id: &str) -> crate::store::Result<Option<Token>> {
    let sql = format!("{TOKEN} WHERE id = ?1");
    Ok(c.prepare_cached(&sql)?.query_row([id], |row| token_row(row).map(|(t, _)| t)).optional()?)
}

/// A token, and whether it was used after its swap.
fn token_row(row: &Row<'_>) -> rusqlite::Result<(Token, bool)> {
    let scope: String = row.get(2)?;
    let gone: Option<String> = row.get(8)?;
    let damaged = |what: &str| {
        let text = format!("`{what}` of a token is none that is ever written");
        rusqlite::Error::from(rusqlite::types::FromSqlError::Other(text.into()))
    };
    let person = |column: usize| -> rusqlite::Result<Option<PersonId>> {
        let text: Option<String> = row.get(column)?;
        text.map(|t| t.parse().map_err(|_| damaged(&t))).transpose()
    };
    let gone = match gone {
        None => None,
        Some(word) => {
            let gone = [Gone::Revoked, Gone::Swapped, Gone::Deactivated];
            let gone = gone.into_iter().find(|g| g.word() == word).ok_or_else(|| damaged(&word))?;
            Some((gone, rows::time(row, 9)?))
        }
    };
    let last_used_at = match row.get::<_, Option<i64>>(7)? {
        Some(_) => Some(rows::time(row, 7)?),
        None => None,
    };
    let scope: Scope =
        Scope::ALL.into_iter().find(|s| s.word() == scope).ok_or_else(|| damaged(&scope))?;
    let token = Token {
        id: row.get(0)?,
        person: person(1)?.ok_or_else(|| damaged("person"))?,
        scope,
        issued_by: person(3)?,
        issued_at: rows::time(row, 4)?,
        expires_at: rows::time(row, 5)?,
        confirmed: row.get(6)?,
        last_used_at,
        gone,
    };
    Ok((token, row.get::<_, Option<i64>>(10)?.is_some()))
}
