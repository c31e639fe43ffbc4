//! What an `Idempotency-Key` was answered: for 24 hours, for one person, route and key, with the
//! hash of the body.
//!
//! The first call with a key gets a random id, kept before anything is done; the event that it
//! leads to carries that id. So a call whose answer was lost, or was never kept because the daemon
//! stopped, is still decided only once.

use flow_engine::PersonId;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, params};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::store::sqlite::Sqlite;
use crate::store::{self, StoreError};

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whose call it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallKey {
    /// The person, from the token.
    pub person: PersonId,
    /// Method and path.
    pub route: String,
    /// The header.
    pub key: String,
}

/// What is known of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its id: the first call's.
    pub unique: Uuid,
    /// SHA-256 of the first call's body.
    pub body_hash: [u8; 32],
    /// Status and answer, once there was one; no answer where it held a secret.
    pub answered: Option<(u16, Option<Json>)>,
}

/// Keeps answers.
pub trait Replies: Send + Sync {
    /// What is known of this call; where that is nothing, `body_hash` and a new id from now on.
    ///
    /// # Errors
    /// The database failed.
    fn begin(&self, call: &CallKey, body_hash: [u8; 32], at: Timestamp) -> store::Result<Begun>;
    /// Keeps an answer.
    ///
    /// # Errors
    /// The database failed.
    fn keep(&self, call: &CallKey, status: u16, answer: Option<&Json>) -> store::Result<()>;
}

impl Replies for Sqlite {
    fn begin(&self, call: &CallKey, body_hash: [u8; 32], at: Timestamp) -> store::Result<Begun> {
        let call = call.clone();
        self.write(move |w| {
            let since = at.checked_sub(KEPT).unwrap_or(Timestamp::MIN).as_microsecond();
            w.connection.prepare_cached("DELETE FROM replies WHERE at <= ?1")?.execute([since])?;
            let person = call.person.to_string();
            let sql = "SELECT unique_id, body_hash, status, answer FROM replies
                       WHERE person = ?1 AND route = ?2 AND key = ?3";
            let row: Option<Row> = w
                .connection
                .prepare_cached(sql)?
                .query_row(params![person, call.route, call.key], |r| {
                    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
                })
                .optional()?;
            if let Some(row) = row {
                return begun(row);
            }
            let unique = Uuid::new_v4();
            let sql = "INSERT INTO replies (person, route, key, body_hash, unique_id, at)
                       VALUES (?, ?, ?, ?, ?, ?)";
            w.connection.prepare_cached(sql)?.execute(params![
                person,
                call.route,
                call.key,
                body_hash,
                unique.to_string(),
                at.as_microsecond()
            ])?;
            Ok(Begun { unique, body_hash, answered: None })
        })
    }

    fn keep(&self, call: &CallKey, status: u16, answer: Option<&Json>) -> store::Result<()> {
        let (call, answer) = (call.clone(), answer.map(Json::to_string));
        self.write(move |w| {
            let sql = "UPDATE replies SET status = ?4, answer = ?5
                       WHERE person = ?1 AND route = ?2 AND key = ?3";
            w.connection.prepare_cached(sql)?.execute(params![
                call.person.to_string(),
                call.route,
                call.key,
                status,
                answer
            ])?;
            Ok(())
        })
    }
}

/// Id, hash of the body, status and answer, as they stand in columns.
type Row = (String, [u8; 32], Option<u16>, Option<String>);

fn begun((unique, body_hash, status, answer): Row) -> store::Result<Begun> {
    let damaged = || StoreError::Damaged("an answer that was never given".to_owned());
    let answer = answer.map(|text| serde_json::from_str(&text)).transpose();
    let answer: Option<Json> = answer.map_err(|_| damaged())?;
    Ok(Begun {
        unique: unique.parse().map_err(|_| damaged())?,
        body_hash,
        answered: status.map(|status| (status, answer)),
    })
}
