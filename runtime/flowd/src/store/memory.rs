//! The store in memory: nothing survives, everything else is the same.
//!
//! It passes the conformance suite that SQLite passes, and the daemon's tests play lives on it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{
    AuditDraft, AuditFilter, AuditRow, BundleRow, Commit, Committed, EffectDraft, EffectRow,
    EventRow, Freeze, GrantRow, Lanes, MessageFilter, MessageRow, RequestFilter, RequestRow,
    RequestWrite, Result, Started, Store,
};
use crate::audit::{self, Hash};

/// The store in memory.
#[derive(Default)]
pub struct Memory(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    requests: BTreeMap<String, RequestRow>,
    events: BTreeMap<String, EventRow>,
    effects: Vec<Effect>,
    grants: BTreeMap<String, GrantRow>,
    audit: Vec<AuditRow>,
    blocks: Vec<Hash>,
    messages: Vec<MessageRow>,
    bundles: Vec<BundleRow>,
    versions: BTreeMap<String, Vec<String>>,
    freezes: BTreeMap<String, Freeze>,
    meta: BTreeMap<String, String>,
    mark: Option<Timestamp>,
}

struct Effect {
    row: EffectRow,
    open: bool,
}

impl Memory {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn open_requests(&self, person: &str) -> u64 {
        let open = |r: &&RequestRow| r.requester == person && r.phase != "ended";
        self.requests.values().filter(open).count() as u64
    }

    fn note(&mut self, drafts: &[AuditDraft]) -> Result<()> {
        let block = self.blocks.len() as u64 + 1;
        let mut hashes = Vec::new();
        for draft in drafts {
            let audit::Sealed { hash, .. } = audit::seal(draft, false)?;
            hashes.push(hash);
            self.audit.push(AuditRow {
                seq: self.audit.len() as u64 + 1,
                block,
                at: draft.at,
                request: draft.request.clone(),
                body: Some(draft.body.clone()),
                hash: hex::encode(hash),
            });
        }
        if !hashes.is_empty() {
            let previous = self.blocks.last().copied().unwrap_or(audit::GENESIS);
            self.blocks.push(audit::block_hash(&previous, &audit::merkle_root(&hashes), block));
        }
        Ok(())
    }

    fn open_effect(&mut self, key: &str) -> Option<&mut Effect> {
        self.effects.iter_mut().find(|e| e.open && e.row.draft.key == key)
    }

    fn finish(&mut self, key: &str) {
        if let Some(effect) = self.open_effect(key) {
            effect.open = false;
        }
    }
}

impl Store for Memory {
    fn request(&self, id: &str) -> Result<Option<RequestRow>> {
        Ok(self.tables().requests.get(id).cloned())
    }

    fn grants_of(&self, person: &str) -> Result<Vec<GrantRow>> {
        let tables = self.tables();
        Ok(tables.grants.values().filter(|g| g.kept && g.person == person).cloned().collect())
    }

    fn reply(&self, event: &str) -> Result<Option<String>> {
        Ok(self.tables().events.get(event).map(|e| e.reply.clone()))
    }

    fn open_requests(&self, person: &str) -> Result<u64> {
        Ok(self.tables().open_requests(person))
    }

    fn open_phases(&self) -> Result<BTreeMap<String, u64>> {
        let mut phases = BTreeMap::new();
        for row in self.tables().requests.values().filter(|r| r.phase != "ended") {
            *phases.entry(row.phase.clone()).or_default() += 1;
        }
        Ok(phases)
    }

    fn commit(&self, commit: Commit) -> Result<Committed> {
        let mut tables = self.tables();
        let t = &mut *tables;
        if let Some(seen) = t.events.get(&commit.event.id) {
            return Ok(Committed::AlreadySeen(seen.reply.clone()));
        }
        if let Some(request) = &commit.request
            && t.requests.get(&request.row.id).map_or(0, |r| r.version) != request.expected
        {
            return Ok(Committed::Conflict);
        }
        if let (Some(request), Some(open)) = (&commit.request, commit.open)
            && t.open_requests(&request.row.requester) != open
        {
            return Ok(Committed::Conflict);
        }
        let stale =
            |g: &super::GrantWrite| t.grants.get(&g.row.id).map_or(0, |r| r.version) != g.expected;
        if commit.grants.iter().any(stale) {
            return Ok(Committed::Conflict);
        }
        if let Some(RequestWrite { row, .. }) = commit.request {
            t.requests.insert(row.id.clone(), row);
        }
        t.grants.extend(commit.grants.into_iter().map(|g| (g.row.id.clone(), g.row)));
        t.effects.extend(commit.effects.into_iter().map(|draft| Effect {
            row: EffectRow { draft, request: commit.event.request.clone(), started_at: None },
            open: true,
        }));
        if let Some((key, _)) = &commit.finished {
            t.finish(key);
        }
        for key in &commit.withdrawn {
            if let Some(effect) = t.open_effect(key).filter(|e| e.row.started_at.is_none()) {
                effect.open = false;
            }
        }
        t.note(&commit.audit)?;
        t.mark = t.mark.max(Some(commit.event.at));
        t.events.insert(commit.event.id.clone(), commit.event);
        Ok(Committed::Durable)
    }

    fn note(&self, audit: Vec<AuditDraft>) -> Result<()> {
        self.tables().note(&audit)
    }

    fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<(String, Timestamp)>> {
        let tables = self.tables();
        let mut due: Vec<_> = tables
            .requests
            .values()
            .filter_map(|r| Some((r.id.clone(), r.wake_at.filter(|at| *at <= now)?)))
            .collect();
        due.sort_by_key(|(_, at)| *at);
        due.truncate(limit);
        Ok(due)
    }

    fn next_wake(&self) -> Result<Option<Timestamp>> {
        Ok(self.tables().requests.values().filter_map(|r| r.wake_at).min())
    }

    fn mark(&self) -> Result<Option<Timestamp>> {
        Ok(self.tables().mark)
    }

    fn keep_mark(&self, at: Timestamp) -> Result<()> {
        let mut tables = self.tables();
        tables.mark = tables.mark.max(Some(at));
        Ok(())
    }

    fn claim_effects(
        &self,
        wanted: Lanes,
        now: Timestamp,
        busy: &[String],
        limit: usize,
    ) -> Result<Vec<EffectRow>> {
        let tables = self.tables();
        let mut lanes: Vec<&str> = busy.iter().map(String::as_str).collect();
        let mut claimed = Vec::new();
        for effect in tables.effects.iter().filter(|e| e.open) {
            let draft: &EffectDraft = &effect.row.draft;
            if wanted.hold(&draft.lane) && !lanes.contains(&draft.lane.as_str()) {
                lanes.push(&draft.lane);
                if draft.not_before <= now {
                    claimed.push(effect.row.clone());
                }
            }
        }
        claimed.sort_by_key(|row| row.draft.not_before);
        claimed.truncate(limit);
        Ok(claimed)
    }

    fn next_effect(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let tables = self.tables();
        let open = tables.effects.iter().filter(|e| e.open).map(|e| e.row.draft.not_before);
        Ok(open.filter(|at| *at > now).min())
    }

    fn start_effect(&self, key: &str, version: u64, _: &str, at: Timestamp) -> Result<Started> {
        let mut tables = self.tables();
        let t = &mut *tables;
        let Some(effect) = t.effects.iter_mut().find(|e| e.open && e.row.draft.key == key) else {
            return Ok(Started::Gone);
        };
        if t.requests.get(&effect.row.request).is_none_or(|r| r.version != version) {
            return Ok(Started::Moved);
        }
        effect.row.started_at = Some(at);
        t.mark = t.mark.max(Some(at));
        Ok(Started::Durable)
    }

    fn finish_effect(&self, key: &str, _: Option<&str>) -> Result<()> {
        self.tables().finish(key);
        Ok(())
    }

    fn page_requests(&self, filter: &RequestFilter) -> Result<Vec<RequestRow>> {
        let tables = self.tables();
        let fits = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|w| w == is);
        let mut rows: Vec<RequestRow> = tables
            .requests
            .values()
            .filter(|r| fits(&filter.phase, &r.phase) && fits(&filter.flow, &r.flow))
            .filter(|r| fits(&filter.requester, &r.requester))
            .filter(|r| !filter.open || r.phase != "ended")
            .filter(|r| {
                let cursor = filter.before.as_ref();
                cursor.is_none_or(|(at, id)| (&r.opened_at, &r.id) < (at, id))
            })
            .cloned()
            .collect();
        rows.sort_by(|a, b| (b.opened_at, &b.id).cmp(&(a.opened_at, &a.id)));
        rows.truncate(filter.limit);
        Ok(rows)
    }

    fn page_audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>> {
        let tables = self.tables();
        let fits = |r: &&AuditRow| filter.request.is_none() || r.request == filter.request;
        let after = tables.audit.iter().filter(|r| r.seq > filter.after);
        Ok(after.filter(fits).take(filter.limit).cloned().collect())
    }

    fn page_messages(&self, filter: &MessageFilter) -> Result<Vec<MessageRow>> {
        let tables = self.tables();
        let after = tables.messages.iter().filter(|m| m.seq > filter.after);
        Ok(after
            .filter(|m| filter.request.is_none() || m.request == filter.request)
            .filter(|m| filter.person.is_none() || m.person == filter.person)
            .take(filter.limit)
            .cloned()
            .collect())
    }

    fn keep_messages(&self, effect_key: Option<&str>, messages: Vec<MessageRow>) -> Result<()> {
        let mut tables = self.tables();
        effect_key.into_iter().for_each(|key| tables.finish(key));
        for mut message in messages {
            tables.mark = tables.mark.max(Some(message.at));
            if tables.messages.iter().all(|m| m.id != message.id) {
                message.seq = tables.messages.len() as u64 + 1;
                tables.messages.push(message);
            }
        }
        Ok(())
    }

    fn put_bundle(
        &self,
        bundle: BundleRow,
        flows: BTreeMap<String, String>,
        audit: AuditDraft,
    ) -> Result<()> {
        let mut tables = self.tables();
        tables.bundles.retain(|b| b.hash != bundle.hash);
        tables.bundles.iter_mut().for_each(|b| b.current = false);
        tables.bundles.push(BundleRow { current: true, ..bundle });
        for (flow, hash) in flows {
            let hashes = tables.versions.entry(flow).or_default();
            if !hashes.contains(&hash) {
                hashes.push(hash);
            }
        }
        tables.note(&[audit])
    }

    fn bundles(&self) -> Result<Vec<BundleRow>> {
        Ok(self.tables().bundles.clone())
    }

    fn flow_version(&self, flow: &str, hash: &str) -> Result<Option<u64>> {
        let tables = self.tables();
        let at = tables.versions.get(flow).and_then(|hashes| hashes.iter().position(|h| h == hash));
        Ok(at.map(|at| at as u64 + 1))
    }

    fn freezes(&self) -> Result<Vec<Freeze>> {
        Ok(self.tables().freezes.values().cloned().collect())
    }

    fn set_freeze(&self, scope: &str, freeze: Option<Freeze>, audit: AuditDraft) -> Result<()> {
        let mut tables = self.tables();
        tables.freezes.remove(scope);
        tables.freezes.extend(freeze.map(|f| (scope.to_owned(), f)));
        tables.note(&[audit])
    }

    fn meta(&self, key: &str) -> Result<Option<String>> {
        Ok(self.tables().meta.get(key).cloned())
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        self.tables().meta.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn audit_head(&self) -> Result<Option<(u64, [u8; 32])>> {
        let tables = self.tables();
        Ok(tables.blocks.last().map(|hash| (tables.blocks.len() as u64, *hash)))
    }
}
