//! What each call of the store reads and writes in SQLite.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, ToSql};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::sqlite::Sqlite;
use super::writer::Write;
use super::{
    AuditDraft, AuditFilter, AuditRow, BundleRow, Commit, Committed, EffectDraft, EffectRow,
    Freeze, GrantRow, GrantWrite, Lanes, MessageFilter, MessageRow, RequestFilter, RequestRow,
    Result, Started, Store, StoreError,
};

const REQUEST: &str = "SELECT id, version, flow, bundle, requester, phase, outcome, opened_at, \
                       event_at, wake_at, state FROM requests";

impl Store for Sqlite {
    fn request(&self, id: &str) -> Result<Option<RequestRow>> {
        self.read(|c| {
            Ok(c.prepare_cached(&format!("{REQUEST} WHERE id = ?1"))?
                .query_row([id], request_row)
                .optional()?)
        })
    }

    fn grants_of(&self, person: &str) -> Result<Vec<GrantRow>> {
        self.read(|c| {
            let sql = "SELECT id, version, person, kept, state FROM grants
                       WHERE person = ?1 AND kept ORDER BY id";
            all(c, sql, &[&person], grant_row)
        })
    }

    fn reply(&self, event: &str) -> Result<Option<String>> {
        self.read(|c| seen(c, event))
    }

    fn open_requests(&self, person: &str) -> Result<u64> {
        self.read(|c| open_requests(c, person))
    }

    fn open_phases(&self) -> Result<BTreeMap<String, u64>> {
        self.read(|c| {
            let sql = "SELECT phase, count(*) FROM requests WHERE phase <> 'ended' GROUP BY phase";
            let mut rows = c.prepare_cached(sql)?;
            let rows = rows.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn commit(&self, commit: Commit) -> Result<Committed> {
        self.write(move |w| write_commit(w, &commit))
    }

    fn note(&self, audit: Vec<AuditDraft>) -> Result<()> {
        self.write(move |w| audit.iter().try_for_each(|record| w.audit(record)))
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Timestamp)>> {
        self.read(|c| {
            let sql =
                "SELECT id, wake_at FROM requests WHERE wake_at <= ?1 ORDER BY wake_at LIMIT ?2";
            all(c, sql, &[&now.as_microsecond(), &(limit as i64)], |r| Ok((r.get(0)?, time(r, 1)?)))
        })
    }

    fn next_wake(&self) -> Result<Option<Timestamp>> {
        self.read(|c| {
            let sql = "SELECT min(wake_at) FROM requests WHERE wake_at IS NOT NULL";
            Ok(c.prepare_cached(sql)?.query_row([], |r| maybe_time(r, 0))?)
        })
    }

    fn mark(&self) -> Result<Option<Timestamp>> {
        let Some(text) = self.meta("mark")? else { return Ok(None) };
        let at = text.parse().ok().and_then(|us| Timestamp::from_microsecond(us).ok());
        at.map(Some).ok_or_else(|| StoreError::Damaged(format!("`{text}` as the mark of time")))
    }

    fn keep_mark(&self, at: Timestamp) -> Result<()> {
        self.write(move |w| w.raise_mark(at))
    }

    fn claim_effects(
        &self,
        lanes: Lanes,
        now: Timestamp,
        busy: &[String],
        limit: usize,
    ) -> Result<Vec<EffectRow>> {
        self.read(|c| {
            let sql = "SELECT key, request, lane, not_before, body, started_at FROM effects e
                 WHERE status IN ('pending', 'started') AND not_before <= ?1
                   AND (substr(lane, 1, 7) = 'access:') = ?4
                   AND lane NOT IN (SELECT value FROM json_each(?2))
                   AND NOT EXISTS (SELECT 1 FROM effects p WHERE p.lane = e.lane AND p.seq < e.seq
                                   AND p.status IN ('pending', 'started'))
                 ORDER BY not_before, seq LIMIT ?3";
            let busy = serde_json::Value::from(busy).to_string();
            all(
                c,
                sql,
                &[&now.as_microsecond(), &busy, &(limit as i64), &(lanes == Lanes::Access)],
                effect_row,
            )
        })
    }

    fn next_effect(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(|c| {
            let sql = "SELECT min(not_before) FROM effects
                       WHERE status IN ('pending', 'started') AND not_before > ?1";
            Ok(c.prepare_cached(sql)?.query_row([now.as_microsecond()], |r| maybe_time(r, 0))?)
        })
    }

    fn start_effect(&self, key: &str, version: u64, node: &str, at: Timestamp) -> Result<Started> {
        let (key, node) = (key.to_owned(), node.to_owned());
        self.write(move |w| {
            let sql = "SELECT r.version FROM effects e JOIN requests r ON r.id = e.request
                       WHERE e.key = ?1 AND e.status IN ('pending', 'started')";
            let found: Option<i64> =
                w.connection.prepare_cached(sql)?.query_row([&key], |r| r.get(0)).optional()?;
            match found {
                None => return Ok(Started::Gone),
                Some(found) if found as u64 != version => return Ok(Started::Moved),
                Some(_) => {}
            }
            let sql = "UPDATE effects SET status = 'started', starts = starts + 1, node = ?2,
                       started_at = ?3 WHERE key = ?1";
            w.connection.prepare_cached(sql)?.execute(params![key, node, at.as_microsecond()])?;
            w.raise_mark(at)?;
            Ok(Started::Durable)
        })
    }

    fn finish_effect(&self, key: &str, outcome: Option<&str>) -> Result<()> {
        let (key, outcome) = (key.to_owned(), outcome.map(str::to_owned));
        self.write(move |w| finish(w, &key, outcome.as_deref()))
    }

    fn page_requests(&self, filter: &RequestFilter) -> Result<Vec<RequestRow>> {
        self.read(|c| {
            let (at, id) = match &filter.before {
                Some((at, id)) => (at.as_microsecond(), id.as_str()),
                None => (i64::MAX, ""),
            };
            let sql = format!(
                "{REQUEST} WHERE (?1 IS NULL OR phase = ?1) AND (?2 IS NULL OR flow = ?2)
                 AND (?3 IS NULL OR requester = ?3) AND (NOT ?7 OR phase <> 'ended') AND (opened_at, id) < (?4, ?5)
                 ORDER BY opened_at DESC, id DESC LIMIT ?6"
            );
            let limit = filter.limit as i64;
            let values: [&dyn ToSql; 7] =
                [&filter.phase, &filter.flow, &filter.requester, &at, &id, &limit, &filter.open];
            all(c, &sql, &values, request_row)
        })
    }

    fn page_audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>> {
        self.read(|c| {
            let (after, limit) = (filter.after as i64, filter.limit as i64);
            let columns = "SELECT seq, block, at, request, body, hash FROM audit WHERE seq > ?1";
            match &filter.request {
                Some(request) => all(
                    c,
                    &format!("{columns} AND request = ?3 ORDER BY seq LIMIT ?2"),
                    &[&after, &limit, request],
                    audit_row,
                ),
                None => {
                    let sql = format!("{columns} ORDER BY seq LIMIT ?2");
                    all(c, &sql, &[&after, &limit], audit_row)
                }
            }
        })
    }

    fn page_messages(&self, filter: &MessageFilter) -> Result<Vec<MessageRow>> {
        self.read(|c| {
            let sql = "SELECT seq, id, at, request, target, person, body FROM messages
                 WHERE seq > ?1 AND (?2 IS NULL OR request = ?2) AND (?3 IS NULL OR person = ?3)
                 ORDER BY seq LIMIT ?4";
            let (after, limit) = (filter.after as i64, filter.limit as i64);
            all(c, sql, &[&after, &filter.request, &filter.person, &limit], message_row)
        })
    }

    fn keep_messages(&self, effect_key: Option<&str>, messages: Vec<MessageRow>) -> Result<()> {
        let key = effect_key.map(str::to_owned);
        self.write(move |w| {
            let sql = "INSERT INTO messages (id, at, request, target, person, body)
                       VALUES (?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING";
            for message in &messages {
                w.connection.prepare_cached(sql)?.execute(params![
                    message.id,
                    message.at.as_microsecond(),
                    message.request,
                    message.target,
                    message.person,
                    message.body.to_string()
                ])?;
                w.raise_mark(message.at)?;
            }
            key.map_or(Ok(()), |key| finish(w, &key, Some("kept")))
        })
    }

    fn put_bundle(
        &self,
        bundle: BundleRow,
        flows: BTreeMap<String, String>,
        audit: AuditDraft,
    ) -> Result<()> {
        self.write(move |w| {
            w.connection.execute("UPDATE bundles SET current = 0", [])?;
            let sql = "INSERT INTO bundles (hash, loaded_at, current, file) VALUES (?1, ?2, 1, ?3)
                       ON CONFLICT (hash) DO UPDATE SET current = 1, loaded_at = ?2";
            w.connection
                .execute(sql, params![bundle.hash, audit.at.as_microsecond(), bundle.file])?;
            let sql = "INSERT INTO flow_versions (flow, hash, version)
                 SELECT ?1, ?2, 1 + coalesce(max(version), 0) FROM flow_versions WHERE flow = ?1
                 ON CONFLICT (flow, hash) DO NOTHING";
            for (flow, hash) in &flows {
                w.connection.execute(sql, params![flow, hash])?;
            }
            w.audit(&audit)
        })
    }

    fn bundles(&self) -> Result<Vec<BundleRow>> {
        self.read(|c| {
            all(c, "SELECT hash, current, file FROM bundles ORDER BY loaded_at", &[], |r| {
                Ok(BundleRow { hash: r.get(0)?, current: r.get(1)?, file: r.get(2)? })
            })
        })
    }

    fn flow_version(&self, flow: &str, hash: &str) -> Result<Option<u64>> {
        self.read(|c| {
            let sql = "SELECT version FROM flow_versions WHERE flow = ?1 AND hash = ?2";
            let found: Option<i64> =
                c.prepare_cached(sql)?.query_row([flow, hash], |r| r.get(0)).optional()?;
            Ok(found.map(|v| v as u64))
        })
    }

    fn freezes(&self) -> Result<Vec<Freeze>> {
        self.read(|c| {
            all(c, "SELECT scope, at, person, reason FROM freezes ORDER BY scope", &[], |r| {
                Ok(Freeze {
                    scope: r.get(0)?,
                    at: time(r, 1)?,
                    person: r.get(2)?,
                    reason: r.get(3)?,
                })
            })
        })
    }

    fn set_freeze(&self, scope: &str, freeze: Option<Freeze>, audit: AuditDraft) -> Result<()> {
        let scope = scope.to_owned();
        self.write(move |w| {
            w.connection.execute("DELETE FROM freezes WHERE scope = ?1", [&scope])?;
            if let Some(f) = freeze {
                w.connection.execute(
                    "INSERT INTO freezes (scope, at, person, reason) VALUES (?,?,?,?)",
                    params![scope, f.at.as_microsecond(), f.person, f.reason],
                )?;
            }
            w.audit(&audit)
        })
    }

    fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|c| super::sqlite::meta(c, key))
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |w| {
            w.connection.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
                [key, value],
            )?;
            Ok(())
        })
    }

    fn audit_head(&self) -> Result<Option<(u64, [u8; 32])>> {
        self.read(super::writer::head)
    }
}

// Invariant: everything is compared before anything is written, so that an answer other than
// `Committed` leaves nothing behind.
fn open_requests(c: &Connection, person: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM requests WHERE requester = ?1 AND phase <> 'ended'";
    Ok(c.prepare_cached(sql)?.query_row([person], |r| r.get::<_, i64>(0))? as u64)
}

fn write_commit(w: &mut Write<'_>, commit: &Commit) -> Result<Committed> {
    if let Some(reply) = seen(w.connection, &commit.event.id)? {
        return Ok(Committed::AlreadySeen(reply));
    }
    if let Some(request) = &commit.request
        && version(w.connection, "SELECT version FROM requests WHERE id = ?1", &request.row.id)?
            != request.expected
    {
        return Ok(Committed::Conflict);
    }
    if let (Some(request), Some(open)) = (&commit.request, commit.open)
        && open_requests(w.connection, &request.row.requester)? != open
    {
        return Ok(Committed::Conflict);
    }
    for grant in &commit.grants {
        let sql = "SELECT version FROM grants WHERE id = ?1";
        if version(w.connection, sql, &grant.row.id)? != grant.expected {
            return Ok(Committed::Conflict);
        }
    }
    let event = &commit.event;
    let sql = "INSERT INTO events (id, request, at, body, reply) VALUES (?,?,?,?,?)";
    w.connection.prepare_cached(sql)?.execute(params![
        event.id,
        event.request,
        event.at.as_microsecond(),
        event.body,
        event.reply
    ])?;
    if let Some(request) = &commit.request {
        put_request(w, &request.row)?;
    }
    commit.grants.iter().try_for_each(|grant| put_grant(w, grant))?;
    commit.effects.iter().try_for_each(|effect| put_effect(w, &event.request, effect))?;
    if let Some((key, outcome)) = &commit.finished {
        finish(w, key, Some(outcome))?;
    }
    for key in &commit.withdrawn {
        let sql = "UPDATE effects SET status = 'dropped' WHERE key = ?1 AND status = 'pending'";
        w.connection.prepare_cached(sql)?.execute([key])?;
    }
    commit.audit.iter().try_for_each(|record| w.audit(record))?;
    w.raise_mark(event.at)?;
    Ok(Committed::Durable)
}

fn put_request(w: &Write<'_>, r: &RequestRow) -> Result<()> {
    let sql =
        "INSERT INTO requests (id, version, flow, bundle, requester, phase, outcome, opened_at,
                                     event_at, wake_at, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET version = ?2, phase = ?6, outcome = ?7, event_at = ?9,
           wake_at = ?10, state = ?11";
    w.connection.prepare_cached(sql)?.execute(params![
        r.id,
        r.version as i64,
        r.flow,
        r.bundle,
        r.requester,
        r.phase,
        r.outcome,
        r.opened_at.as_microsecond(),
        r.event_at.as_microsecond(),
        r.wake_at.map(Timestamp::as_microsecond),
        r.state
    ])?;
    Ok(())
}

fn put_grant(w: &Write<'_>, GrantWrite { row, .. }: &GrantWrite) -> Result<()> {
    let sql = "INSERT INTO grants (id, version, person, kept, state) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (id) DO UPDATE SET version = ?2, kept = ?4, state = ?5";
    w.connection.prepare_cached(sql)?.execute(params![
        row.id,
        row.version as i64,
        row.person,
        row.kept,
        row.state
    ])?;
    Ok(())
}

fn put_effect(w: &Write<'_>, request: &str, effect: &EffectDraft) -> Result<()> {
    let sql = "INSERT INTO effects (key, request, lane, not_before, body, status)
               VALUES (?, ?, ?, ?, ?, 'pending')";
    w.connection.prepare_cached(sql)?.execute(params![
        effect.key,
        request,
        effect.lane,
        effect.not_before.as_microsecond(),
        effect.body
    ])?;
    Ok(())
}

fn finish(w: &Write<'_>, key: &str, outcome: Option<&str>) -> Result<()> {
    let sql = "UPDATE effects SET outcome = ?2,
                 status = CASE WHEN ?2 IS NULL THEN 'dropped' ELSE 'done' END
               WHERE key = ?1 AND status IN ('pending', 'started')";
    w.connection.prepare_cached(sql)?.execute(params![key, outcome])?;
    Ok(())
}

fn version(c: &Connection, sql: &str, id: &str) -> Result<u64> {
    let found: Option<i64> = c.prepare_cached(sql)?.query_row([id], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or_default() as u64)
}

fn seen(c: &Connection, event: &str) -> Result<Option<String>> {
    Ok(c.prepare_cached("SELECT reply FROM events WHERE id = ?1")?
        .query_row([event], |r| r.get(0))
        .optional()?)
}

fn all<T>(
    c: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map(values, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    instant(row.get(column)?)
}

fn maybe_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?.map(instant).transpose()
}

fn instant(us: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(us).map_err(|e| FromSqlError::Other(Box::new(e)).into())
}

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<serde_json::Value>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|e| FromSqlError::Other(Box::new(e)).into())
}

fn request_row(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    Ok(RequestRow {
        id: row.get(0)?,
        version: row.get::<_, i64>(1)? as u64,
        flow: row.get(2)?,
        bundle: row.get(3)?,
        requester: row.get(4)?,
        phase: row.get(5)?,
        outcome: row.get(6)?,
        opened_at: time(row, 7)?,
        event_at: time(row, 8)?,
        wake_at: maybe_time(row, 9)?,
        state: row.get(10)?,
    })
}

fn grant_row(row: &Row<'_>) -> rusqlite::Result<GrantRow> {
    Ok(GrantRow {
        id: row.get(0)?,
        version: row.get::<_, i64>(1)? as u64,
        person: row.get(2)?,
        kept: row.get(3)?,
        state: row.get(4)?,
    })
}

fn effect_row(row: &Row<'_>) -> rusqlite::Result<EffectRow> {
    Ok(EffectRow {
        draft: EffectDraft {
            key: row.get(0)?,
            lane: row.get(2)?,
            not_before: time(row, 3)?,
            body: row.get(4)?,
        },
        request: row.get(1)?,
        started_at: maybe_time(row, 5)?,
    })
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get::<_, i64>(0)? as u64,
        block: row.get::<_, i64>(1)? as u64,
        at: time(row, 2)?,
        request: row.get(3)?,
        body: json(row, 4)?,
        hash: hex::encode(row.get::<_, Vec<u8>>(5)?),
    })
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        seq: row.get::<_, i64>(0)? as u64,
        id: row.get(1)?,
        at: time(row, 2)?,
        request: row.get(3)?,
        target: row.get(4)?,
        person: row.get(5)?,
        body: json(row, 6)?.unwrap_or_default(),
    })
}
