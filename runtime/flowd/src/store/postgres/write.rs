//! What each call of the store writes in PostgreSQL, within a group's transaction.
//!
//! The group holds the lock that all nodes take, so what is compared here stays so until it is written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use postgres::Client;

use super::super::{
    AuditDraft, BundleRow, Commit, Committed, EffectDraft, Freeze, GrantRow, MessageRow,
    RequestRow, Result, Started,
};
use super::writer::Write;

/// What was answered to an event.
pub fn seen(client: &mut Client, event: &str) -> Result<Option<String>> {
    let row = client.query_opt("SELECT reply FROM events WHERE id = $1", &[&event])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// How many requests of a person have not ended.
pub fn open_requests(client: &mut Client, person: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM requests WHERE requester = $1 AND phase <> 'ended'";
    let open: i64 = client.query_one(sql, &[&person])?.try_get(0)?;
    Ok(open.unsigned_abs())
}

/// One event with everything that follows from it.
pub fn commit(w: &mut Write, commit: &Commit) -> Result<Committed> {
    // Invariant: everything is compared before anything is written, so that an answer other than
    // `Committed` leaves nothing behind.
    let event = &commit.event;
    if let Some(reply) = seen(&mut w.client, &event.id)? {
        return Ok(Committed::AlreadySeen(reply));
    }
    if let Some(request) = &commit.request {
        let found = version(w, "SELECT version FROM requests WHERE id = $1", &request.row.id)?;
        if found != request.expected {
            return Ok(Committed::Conflict);
        }
        if let Some(open) = commit.open
            && open_requests(&mut w.client, &request.row.requester)? != open
        {
            return Ok(Committed::Conflict);
        }
    }
    for grant in &commit.grants {
        let found = version(w, "SELECT version FROM grants WHERE id = $1", &grant.row.id)?;
        if found != grant.expected {
            return Ok(Committed::Conflict);
        }
    }
    w.heads.events += 1;
    w.client.execute(
        "INSERT INTO events (seq, id, request, at, body, reply) VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &w.heads.events,
            &event.id,
            &event.request,
            &event.at.as_microsecond(),
            &event.body,
            &event.reply,
        ],
    )?;
    if let Some(request) = &commit.request {
        put_request(w, &request.row)?;
    }
    commit.grants.iter().try_for_each(|grant| put_grant(w, &grant.row))?;
    commit.effects.iter().try_for_each(|effect| put_effect(w, &event.request, effect))?;
    if let Some((key, outcome)) = &commit.finished {
        finish(w, key, Some(outcome))?;
    }
    if !commit.withdrawn.is_empty() {
        let sql =
            "UPDATE effects SET status = 'dropped' WHERE key = ANY($1) AND status = 'pending'";
        w.client.execute(sql, &[&commit.withdrawn])?;
    }
    commit.audit.iter().try_for_each(|record| w.audit(record))?;
    w.raise_mark(event.at)?;
    Ok(Committed::Durable)
}

fn version(w: &mut Write, sql: &str, id: &str) -> Result<u64> {
    let row = w.client.query_opt(sql, &[&id])?;
    let found: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(found.unwrap_or_default().unsigned_abs())
}

fn put_request(w: &mut Write, r: &RequestRow) -> Result<()> {
    let sql =
        "INSERT INTO requests (id, version, flow, bundle, requester, phase, outcome, opened_at,
                               event_at, wake_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO UPDATE SET version = $2, phase = $6, outcome = $7, event_at = $9,
           wake_at = $10, state = $11";
    w.client.execute(
        sql,
        &[
            &r.id,
            &number(r.version),
            &r.flow,
            &r.bundle,
            &r.requester,
            &r.phase,
            &r.outcome,
            &r.opened_at.as_microsecond(),
            &r.event_at.as_microsecond(),
            &r.wake_at.map(Timestamp::as_microsecond),
            &r.state,
        ],
    )?;
    Ok(())
}

fn put_grant(w: &mut Write, row: &GrantRow) -> Result<()> {
    let sql = "INSERT INTO grants (id, version, person, kept, state) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET version = $2, kept = $4, state = $5";
    let version = number(row.version);
    w.client.execute(sql, &[&row.id, &version, &row.person, &row.kept, &row.state])?;
    Ok(())
}

fn put_effect(w: &mut Write, request: &str, effect: &EffectDraft) -> Result<()> {
    w.heads.effects += 1;
    let at = effect.not_before.as_microsecond();
    w.client.execute(
        "INSERT INTO effects (seq, key, request, lane, not_before, body, status)
         VALUES ($1, $2, $3, $4, $5, $6, 'pending')",
        &[&w.heads.effects, &effect.key, &request, &effect.lane, &at, &effect.body],
    )?;
    Ok(())
}

/// Writes the started row, for the node that has the effect.
pub fn start(w: &mut Write, key: &str, version: u64, node: &str, at: Timestamp) -> Result<Started> {
    let sql = "SELECT r.version, e.owner FROM effects e JOIN requests r ON r.id = e.request
               WHERE e.key = $1 AND e.status IN ('pending', 'started')";
    let Some(row) = w.client.query_opt(sql, &[&key])? else { return Ok(Started::Gone) };
    let (found, owner): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    // Whoever took it over since brings it to its end.
    if owner.is_some_and(|owner| owner > w.token) {
        return Ok(Started::Gone);
    }
    if found.unsigned_abs() != version {
        return Ok(Started::Moved);
    }
    w.client.execute(
        "UPDATE effects SET status = 'started', starts = starts + 1, node = $2, started_at = $3,
                            owner = $4 WHERE key = $1",
        &[&key, &node, &at.as_microsecond(), &w.token],
    )?;
    w.raise_mark(at)?;
    Ok(Started::Durable)
}

/// Settles an effect; `None`: it was dropped.
pub fn finish(w: &mut Write, key: &str, outcome: Option<&str>) -> Result<()> {
    let sql = "UPDATE effects SET outcome = $2,
                 status = CASE WHEN $2::TEXT IS NULL THEN 'dropped' ELSE 'done' END
               WHERE key = $1 AND status IN ('pending', 'started')";
    w.client.execute(sql, &[&key, &outcome])?;
    Ok(())
}

/// Keeps messages, each once.
pub fn messages(w: &mut Write, key: Option<&str>, messages: &[MessageRow]) -> Result<()> {
    for m in messages {
        let (next, at) = (w.heads.message + 1, m.at.as_microsecond());
        let sql = "INSERT INTO messages (seq, id, at, request, target, person, body)
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
        let body = m.body.to_string();
        let kept =
            w.client.execute(sql, &[&next, &m.id, &at, &m.request, &m.target, &m.person, &body])?;
        w.heads.message += i64::from(kept == 1);
        w.raise_mark(m.at)?;
    }
    key.map_or(Ok(()), |key| finish(w, key, Some("kept")))
}

/// Keeps a bundle and makes it the current one.
pub fn bundle(
    w: &mut Write,
    bundle: &BundleRow,
    flows: &BTreeMap<String, String>,
    audit: &AuditDraft,
) -> Result<()> {
    w.client.execute("UPDATE bundles SET current = false WHERE current", &[])?;
    let sql = "INSERT INTO bundles (hash, loaded_at, current, file) VALUES ($1, $2, true, $3)
               ON CONFLICT (hash) DO UPDATE SET current = true, loaded_at = $2";
    w.client.execute(sql, &[&bundle.hash, &audit.at.as_microsecond(), &bundle.file])?;
    let sql = "INSERT INTO flow_versions (flow, hash, version)
               SELECT $1, $2, 1 + coalesce(max(version), 0) FROM flow_versions WHERE flow = $1
               ON CONFLICT (flow, hash) DO NOTHING";
    for (flow, hash) in flows {
        w.client.execute(sql, &[flow, hash])?;
    }
    w.audit(audit)
}

/// Freezes or thaws a scope.
pub fn freeze(
    w: &mut Write,
    scope: &str,
    freeze: Option<&Freeze>,
    audit: &AuditDraft,
) -> Result<()> {
    w.client.execute("DELETE FROM freezes WHERE scope = $1", &[&scope])?;
    if let Some(f) = freeze {
        let sql = "INSERT INTO freezes (scope, at, person, reason) VALUES ($1, $2, $3, $4)";
        w.client.execute(sql, &[&scope, &f.at.as_microsecond(), &f.person, &f.reason])?;
    }
    w.audit(audit)
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
