//! What each call of the store reads in PostgreSQL. What it writes is in `write.rs`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use postgres::types::ToSql;
use postgres::{Client, Row};

use super::super::{
    AuditDraft, AuditFilter, AuditRow, BundleRow, Commit, Committed, EffectDraft, EffectRow,
    Freeze, GrantRow, Lanes, MessageFilter, MessageRow, RequestFilter, RequestRow, Result, Started,
    Store, StoreError,
};
use super::{Postgres, write};

const REQUEST: &str = "SELECT id, version, flow, bundle, requester, phase, outcome, opened_at, \
                       event_at, wake_at, state FROM requests";

impl Store for Postgres {
    fn request(&self, id: &str) -> Result<Option<RequestRow>> {
        self.read(|c| one(c, &format!("{REQUEST} WHERE id = $1"), &[&id], request_row))
    }

    fn grants_of(&self, person: &str) -> Result<Vec<GrantRow>> {
        self.read(|c| {
            let sql = "SELECT id, version, person, kept, state FROM grants
                       WHERE person = $1 AND kept ORDER BY id";
            all(c, sql, &[&person], grant_row)
        })
    }

    fn reply(&self, event: &str) -> Result<Option<String>> {
        self.read(|c| write::seen(c, event))
    }

    fn open_requests(&self, person: &str) -> Result<u64> {
        self.read(|c| write::open_requests(c, person))
    }

    fn open_phases(&self) -> Result<BTreeMap<String, u64>> {
        self.read(|c| {
            let sql = "SELECT phase, count(*) FROM requests WHERE phase <> 'ended' GROUP BY phase";
            let rows = all(c, sql, &[], |r| Ok((r.try_get(0)?, count(r, 1)?)))?;
            Ok(rows.into_iter().collect())
        })
    }

    fn commit(&self, commit: Commit) -> Result<Committed> {
        self.writer.write(move |w| write::commit(w, &commit))
    }

    fn note(&self, audit: Vec<AuditDraft>) -> Result<()> {
        self.writer.write(move |w| audit.iter().try_for_each(|record| w.audit(record)))
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Timestamp)>> {
        self.read(|c| {
            let sql =
                "SELECT id, wake_at FROM requests WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2";
            let values: [&(dyn ToSql + Sync); 2] = [&now.as_microsecond(), &most(limit)];
            all(c, sql, &values, |r| Ok((r.try_get(0)?, time(r, 1)?)))
        })
    }

    fn next_wake(&self) -> Result<Option<Timestamp>> {
        self.read(|c| {
            let sql = "SELECT min(wake_at) FROM requests WHERE wake_at IS NOT NULL";
            maybe_time(&c.query_one(sql, &[])?, 0)
        })
    }

    fn mark(&self) -> Result<Option<Timestamp>> {
        let Some(text) = self.meta("mark")? else { return Ok(None) };
        let at = text.parse().ok().and_then(|us| Timestamp::from_microsecond(us).ok());
        at.map(Some).ok_or_else(|| StoreError::Damaged(format!("`{text}` as the mark of time")))
    }

    fn keep_mark(&self, at: Timestamp) -> Result<()> {
        self.writer.write(move |w| w.raise_mark(at))
    }

    /// What another node has claimed is not there for this one, until that node's lease is over.
    fn claim_effects(
        &self,
        lanes: Lanes,
        now: Timestamp,
        busy: &[String],
        limit: usize,
    ) -> Result<Vec<EffectRow>> {
        let (token, busy) = (self.token(), busy.to_owned());
        let find = move |c: &mut Client| {
            let access = lanes == Lanes::Access;
            let values: [&(dyn ToSql + Sync); 5] =
                [&access, &busy, &now.as_microsecond(), &token, &most(limit)];
            all(c, CLAIMABLE, &values, |r| Ok((effect_row(r)?, r.try_get::<_, bool>(6)?)))
        };
        let found = self.read(find.clone())?;
        if found.iter().all(|(_, mine)| *mine) {
            return Ok(found.into_iter().map(|(row, _)| row).collect());
        }
        self.writer.write(move |w| {
            let rows: Vec<EffectRow> = find(&mut w.client)?.into_iter().map(|(r, _)| r).collect();
            let keys: Vec<&str> = rows.iter().map(|row| row.draft.key.as_str()).collect();
            let sql = "UPDATE effects SET owner = $2 WHERE key = ANY($1)";
            w.client.execute(sql, &[&keys, &w.token])?;
            Ok(rows)
        })
    }

    fn next_effect(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.read(|c| {
            let sql = "SELECT min(not_before) FROM effects
                       WHERE status IN ('pending', 'started') AND not_before > $1";
            maybe_time(&c.query_one(sql, &[&now.as_microsecond()])?, 0)
        })
    }

    fn start_effect(&self, key: &str, version: u64, node: &str, at: Timestamp) -> Result<Started> {
        let (key, node) = (key.to_owned(), node.to_owned());
        self.writer.write(move |w| write::start(w, &key, version, &node, at))
    }

    fn finish_effect(&self, key: &str, outcome: Option<&str>) -> Result<()> {
        let (key, outcome) = (key.to_owned(), outcome.map(str::to_owned));
        self.writer.write(move |w| write::finish(w, &key, outcome.as_deref()))
    }

    fn page_requests(&self, filter: &RequestFilter) -> Result<Vec<RequestRow>> {
        self.read(|c| {
            let (at, id) = match &filter.before {
                Some((at, id)) => (at.as_microsecond(), id.as_str()),
                None => (i64::MAX, ""),
            };
            let sql = format!(
                "{REQUEST} WHERE ($1::TEXT IS NULL OR phase = $1)
                 AND ($2::TEXT IS NULL OR flow = $2) AND ($3::TEXT IS NULL OR requester = $3)
                 AND (NOT $7 OR phase <> 'ended') AND (opened_at, id) < ($4, $5)
                 ORDER BY opened_at DESC, id DESC LIMIT $6"
            );
            let f = filter;
            let limit = most(f.limit);
            let values: [&(dyn ToSql + Sync); 7] =
                [&f.phase, &f.flow, &f.requester, &at, &id, &limit, &f.open];
            all(c, &sql, &values, request_row)
        })
    }

    fn page_audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>> {
        self.read(|c| {
            let (after, limit) = (position(filter.after), most(filter.limit));
            let sql = "SELECT seq, block, at, request, body, hash FROM audit
                       WHERE seq > $1 AND ($3::TEXT IS NULL OR request = $3)
                       ORDER BY seq LIMIT $2";
            all(c, sql, &[&after, &limit, &filter.request], audit_row)
        })
    }

    fn page_messages(&self, filter: &MessageFilter) -> Result<Vec<MessageRow>> {
        self.read(|c| {
            let (after, limit) = (position(filter.after), most(filter.limit));
            let sql = "SELECT seq, id, at, request, target, person, body FROM messages
                       WHERE seq > $1 AND ($2::TEXT IS NULL OR request = $2)
                         AND ($3::TEXT IS NULL OR person = $3) ORDER BY seq LIMIT $4";
            all(c, sql, &[&after, &filter.request, &filter.person, &limit], message_row)
        })
    }

    fn keep_messages(&self, effect_key: Option<&str>, messages: Vec<MessageRow>) -> Result<()> {
        let key = effect_key.map(str::to_owned);
        self.writer.write(move |w| write::messages(w, key.as_deref(), &messages))
    }

    fn put_bundle(
        &self,
        bundle: BundleRow,
        flows: BTreeMap<String, String>,
        audit: AuditDraft,
    ) -> Result<()> {
        self.writer.write(move |w| write::bundle(w, &bundle, &flows, &audit))
    }

    fn bundles(&self) -> Result<Vec<BundleRow>> {
        self.read(|c| {
            all(c, "SELECT hash, current, file FROM bundles ORDER BY loaded_at", &[], |r| {
                let (hash, current, file) = (r.try_get(0)?, r.try_get(1)?, r.try_get(2)?);
                Ok(BundleRow { hash, current, file })
            })
        })
    }

    fn flow_version(&self, flow: &str, hash: &str) -> Result<Option<u64>> {
        self.read(|c| {
            let sql = "SELECT version FROM flow_versions WHERE flow = $1 AND hash = $2";
            one(c, sql, &[&flow, &hash], |r| count(r, 0))
        })
    }

    fn freezes(&self) -> Result<Vec<Freeze>> {
        self.read(|c| {
            all(c, "SELECT scope, at, person, reason FROM freezes ORDER BY scope", &[], |r| {
                let (scope, person, reason) = (r.try_get(0)?, r.try_get(2)?, r.try_get(3)?);
                Ok(Freeze { scope, at: time(r, 1)?, person, reason })
            })
        })
    }

    fn set_freeze(&self, scope: &str, freeze: Option<Freeze>, audit: AuditDraft) -> Result<()> {
        let scope = scope.to_owned();
        self.writer.write(move |w| write::freeze(w, &scope, freeze.as_ref(), &audit))
    }

    fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|c| {
            let sql = "SELECT value FROM meta WHERE key = $1";
            one(c, sql, &[&key], |r| Ok(r.try_get(0)?))
        })
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.writer.write(move |w| {
            let sql = "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2";
            w.client.execute(sql, &[&key, &value])?;
            Ok(())
        })
    }

    fn audit_head(&self) -> Result<Option<(u64, [u8; 32])>> {
        self.read(|c| {
            let sql = "SELECT seq, hash FROM audit_blocks ORDER BY seq DESC LIMIT 1";
            one(c, sql, &[], |r| {
                let damaged = |_| StoreError::Damaged("a hash of another length".to_owned());
                let hash: Vec<u8> = r.try_get(1)?;
                Ok((count(r, 0)?, hash.try_into().map_err(damaged)?))
            })
        })
    }
}

/// The first open effect of each lane, where its time has come and no other living node has it. The
/// last column: whether this node has it already.
const CLAIMABLE: &str =
    "SELECT e.key, e.request, e.lane, e.not_before, e.body, e.started_at, e.owner IS NOT DISTINCT FROM $4
     FROM effects e LEFT JOIN nodes n ON n.token = e.owner AND n.until > clock_timestamp()
     WHERE e.status IN ('pending', 'started') AND e.not_before <= $3
       AND (left(e.lane, 7) = 'access:') = $1 AND NOT (e.lane = ANY($2))
       AND (n.token IS NULL OR n.token = $4)
       AND NOT EXISTS (SELECT 1 FROM effects p WHERE p.lane = e.lane AND p.seq < e.seq
                       AND p.status IN ('pending', 'started'))
     ORDER BY e.not_before, e.seq LIMIT $5";

fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn position(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

fn all<T>(
    client: &mut Client,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> Result<T>,
) -> Result<Vec<T>> {
    client.query(sql, values)?.iter().map(read).collect()
}

fn one<T>(
    client: &mut Client,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> Result<T>,
) -> Result<Option<T>> {
    client.query_opt(sql, values)?.as_ref().map(read).transpose()
}

fn count(row: &Row, column: usize) -> Result<u64> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| StoreError::Damaged(format!("{number} of something")))
}

fn time(row: &Row, column: usize) -> Result<Timestamp> {
    instant(row.try_get(column)?)
}

fn maybe_time(row: &Row, column: usize) -> Result<Option<Timestamp>> {
    row.try_get::<_, Option<i64>>(column)?.map(instant).transpose()
}

fn instant(us: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(us).map_err(|_| StoreError::Damaged(format!("{us} as a time")))
}

fn json(row: &Row, column: usize) -> Result<Option<serde_json::Value>> {
    let Some(text) = row.try_get::<_, Option<String>>(column)? else { return Ok(None) };
    let damaged = |_| StoreError::Damaged("a body that is no JSON".to_owned());
    serde_json::from_str(&text).map(Some).map_err(damaged)
}

fn request_row(row: &Row) -> Result<RequestRow> {
    Ok(RequestRow {
        id: row.try_get(0)?,
        version: count(row, 1)?,
        flow: row.try_get(2)?,
        bundle: row.try_get(3)?,
        requester: row.try_get(4)?,
        phase: row.try_get(5)?,
        outcome: row.try_get(6)?,
        opened_at: time(row, 7)?,
        event_at: time(row, 8)?,
        wake_at: maybe_time(row, 9)?,
        state: row.try_get(10)?,
    })
}

fn grant_row(row: &Row) -> Result<GrantRow> {
    Ok(GrantRow {
        id: row.try_get(0)?,
        version: count(row, 1)?,
        person: row.try_get(2)?,
        kept: row.try_get(3)?,
        state: row.try_get(4)?,
    })
}

fn effect_row(row: &Row) -> Result<EffectRow> {
    Ok(EffectRow {
        draft: EffectDraft {
            key: row.try_get(0)?,
            lane: row.try_get(2)?,
            not_before: time(row, 3)?,
            body: row.try_get(4)?,
        },
        request: row.try_get(1)?,
        started_at: maybe_time(row, 5)?,
    })
}

fn audit_row(row: &Row) -> Result<AuditRow> {
    Ok(AuditRow {
        seq: count(row, 0)?,
        block: count(row, 1)?,
        at: time(row, 2)?,
        request: row.try_get(3)?,
        body: json(row, 4)?,
        hash: hex::encode(row.try_get::<_, Vec<u8>>(5)?),
    })
}

fn message_row(row: &Row) -> Result<MessageRow> {
    Ok(MessageRow {
        seq: count(row, 0)?,
        id: row.try_get(1)?,
        at: time(row, 2)?,
        request: row.try_get(3)?,
        target: row.try_get(4)?,
        person: row.try_get(5)?,
        body: json(row, 6)?.unwrap_or_default(),
    })
}
