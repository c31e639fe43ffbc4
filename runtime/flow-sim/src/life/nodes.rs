//! Nodes: they begin what is due, die between any two instructions, and take over from each other.

use std::collections::BTreeSet;

use flow_bundle::bundle::ErrorKind;
use flow_engine::Outcome;
use flow_engine::effect::{EffectKind, Purpose};

use super::{Due, Life};
use crate::chance::{key_of, text};
use crate::daemon::{self, RowState};
use crate::log::{Fact, Flight};
use crate::translate;

/// A lease is lost this long after its node stopped, in milliseconds.
const LEASE_MS: u64 = 15_000;
/// A node that cannot renew its lease starts no call later than this.
const STARTS_MS: u64 = 9_999;

impl Life<'_> {
    /// A node that lives; whichever the client's connection comes to.
    pub(super) fn some_node(&self) -> Option<usize> {
        let alive = self.nodes.iter().enumerate().filter(|(_, node)| node.alive);
        let alive: Vec<usize> = alive.map(|(i, _)| i).collect();
        let turn = self.chance.about("node", self.now).below(alive.len() as u64);
        alive.get(usize::try_from(turn).unwrap_or(0)).copied()
    }

    fn life_of(&self, node: usize) -> u32 {
        self.nodes.get(node).map_or(0, |n| n.life)
    }

    /// Whether a node lives, and still is who it was.
    pub(super) fn lives(&self, by: (usize, u32)) -> bool {
        self.nodes.get(by.0).is_some_and(|n| n.alive && n.life == by.1)
    }

    /// Whether chance kills this node here; it rises some time later.
    pub(super) fn dies(&mut self, node: usize, point: &'static str, about: u64) -> bool {
        let life = self.life_of(node);
        let key = key_of(&[text(point), about, node as u64, u64::from(life)]);
        if !self.chance.befalls("crash", key, self.faults.crash) {
            return false;
        }
        let down = self.chance.about("down", key).between(500, 120_000);
        if let Some(node) = self.nodes.get_mut(node) {
            node.alive = false;
        }
        self.fault = "crash";
        self.log.add(self.now, Fact::Died(node));
        self.after(down, Due::Rise(node));
        // Another node, where there is one, goes on.
        self.poll_by(self.now + 1);
        if self.nodes.len() > 1 {
            self.after(LEASE_MS, Due::Recover(node, life));
        }
        true
    }

    pub(super) fn rise(&mut self, node: usize) {
        let Some(risen) = self.nodes.get_mut(node).filter(|n| !n.alive) else { return };
        let before = risen.life;
        risen.alive = true;
        risen.life += 1;
        self.log.add(self.now, Fact::Rose(node));
        for (wish, after) in std::mem::take(&mut self.unsaid).into_iter().zip((1..).step_by(37)) {
            self.after(after, Due::Wish(wish));
        }
        self.lost.insert((node, before));
        for lost in std::mem::take(&mut self.lost) {
            self.recover(lost);
        }
        self.poll_by(self.now + 1);
    }

    /// Settles what a life of a node began and did not report: repeated only where that is safe.
    pub(super) fn recover(&mut self, lost: (usize, u32)) {
        let Some(node) = self.another_node(lost.0) else {
            // Nobody is there to do it: whoever rises first.
            self.lost.insert(lost);
            return;
        };
        // Whoever has lost its lease takes a new one; a store that fences hears nothing under the old.
        if self.setup.fenced
            && let Some(node) = self.nodes.get_mut(lost.0).filter(|n| n.alive && n.life == lost.1)
        {
            node.life += 1;
        }
        let rows = 0..self.store.rows.len();
        let rows: Vec<usize> = rows.filter(|row| self.is_started(*row, lost)).collect();
        let by = (node, self.life_of(node));
        for row in rows {
            if !self.lives(by) {
                // It died over it: somebody else goes on.
                self.lost.insert(lost);
                return;
            }
            self.take_over(row, node);
        }
    }

    /// Another node that lives, or the same one in another life.
    fn another_node(&self, lost: usize) -> Option<usize> {
        let mut nodes = self.nodes.iter().enumerate();
        nodes.find(|(i, n)| n.alive && *i != lost).map(|(i, _)| i).or_else(|| self.some_node())
    }

    fn is_started(&self, row: usize, by: (usize, u32)) -> bool {
        self.store.rows.get(row).is_some_and(|r| match r.state {
            RowState::Started { by: who, .. } => who == by,
            RowState::Waiting | RowState::Done => false,
        })
    }

    fn take_over(&mut self, index: usize, node: usize) {
        let Some(row) = self.store.rows.get(index).cloned() else { return };
        let RowState::Started { at, .. } = row.state else { return };
        if row.effect.repeatable {
            self.set(index, RowState::Waiting);
            return self.begin(index, node);
        }
        let times = (at, self.recorded());
        let outcome = Outcome::stopped_in_flight();
        let event = daemon::report(row.effect.id, row.effect.attempt, times, outcome);
        let _ = self.commit(row.request, event);
        self.set(index, RowState::Done);
    }

    fn set(&mut self, row: usize, state: RowState) {
        if let Some(row) = self.store.rows.get_mut(row) {
            row.state = state;
        }
    }

    /// A node looks for what is due: ticks first, then effects.
    pub(super) fn poll(&mut self) {
        let Some(node) = self.some_node() else { return };
        for (request, tick) in self.store.due_ticks(self.recorded()) {
            if self.dies(node, "ticks", text(&tick.id)) {
                return;
            }
            let _ = self.commit(request, tick);
        }
        let mut held = BTreeSet::new();
        while let Some(row) = self.store.next_row(self.recorded(), &held) {
            if self.dies(node, "begins", self.key_of_row(row)) {
                return;
            }
            let silent = self.faults.silence > 0;
            let effect = self.store.rows.get(row).map(|r| &r.effect.kind);
            if silent && matches!(effect, Some(EffectKind::Message(_))) {
                held.insert(row);
                continue;
            }
            self.begin(row, node);
            if !self.nodes.get(node).is_some_and(|n| n.alive) {
                return;
            }
        }
        if let Some(at) = self.store.next_due(self.recorded()) {
            let at = self.true_time(at).max(self.now + 1);
            self.poll_by(at);
        }
    }

    /// Begins a row: the *started* row and the question whether it is still wanted are one
    /// transaction.
    fn begin(&mut self, index: usize, node: usize) {
        let Some(row) = self.store.rows.get(index).cloned() else { return };
        let Some((purpose, target, known_as)) = translate::call(&row.effect) else {
            self.told(row.request, &row.effect);
            return self.set(index, RowState::Done);
        };
        let wanted = self.request(row.request);
        if !wanted.is_some_and(|r| r.still_wants(row.effect.id, row.effect.attempt)) {
            return self.set(index, RowState::Done);
        }
        let by = (node, self.life_of(node));
        let at = self.recorded();
        if purpose == Purpose::Escalate && self.is_halted(row.request) {
            let (kind, message) = (ErrorKind::Evaluation, "it must not leave".to_owned());
            let outcome = Outcome::Refused { kind, message, retry_after_s: None };
            let event = daemon::report(row.effect.id, row.effect.attempt, (at, at), outcome);
            let _ = self.commit(row.request, event);
            return self.set(index, RowState::Done);
        }
        self.set(index, RowState::Started { by, at });
        if let Some(row) = self.store.rows.get_mut(index) {
            row.tries += 1;
        }
        self.flights += 1;
        let flight = Flight {
            number: self.flights,
            request: row.request,
            purpose,
            target,
            known_as,
            key: row.effect.id,
            attempt: row.effect.attempt,
            recorded: self.recorded_ms(),
        };
        self.log.add(self.now, Fact::Begun(flight.clone()));
        let key = self.key_of_row(index);
        if self.dies(node, "begun", key) {
            return;
        }
        let lost = self.nodes.len() > 1 && self.chance.befalls("lease", key, self.faults.lease);
        let mut pause = 1;
        if lost {
            // Another node takes the row over while this one goes on. A call leaves no later than
            // ten seconds after the last renewal, and before its own deadline.
            self.befell("lease");
            self.after(LEASE_MS + 1_000, Due::Recover(by.0, by.1));
            let latest = STARTS_MS.min(row.effect.deadline_s * 1000);
            pause = self.chance.about("pause", key).between(0, latest);
        }
        self.after(pause, Due::Leave(flight, index, by, (at, pause)));
    }

    /// Whether an escalation must not leave any more, where nodes ask that once more.
    fn is_halted(&self, request: usize) -> bool {
        let ending = self.request(request).is_some_and(|r| r.ending.is_some());
        let gone = self.outside.gone.contains(&self.requester(request));
        self.setup.halts && (ending || self.outside.frozen || gone)
    }

    /// An outcome has come to a node: committed unless the node dies first, or has lost its lease to
    /// a store that fences.
    pub(super) fn reported(&mut self, row: usize, by: (usize, u32), event: &flow_engine::Event) {
        let key = self.key_of_row(row);
        if !self.lives(by) || self.dies(by.0, "reports", key) {
            return;
        }
        let Some(found) = self.store.rows.get(row) else { return };
        let request = found.request;
        let about = translate::asked_about(&found.effect);
        let _ = self.commit(request, event.clone());
        if let Some((who, true)) = about {
            let standing = self.stands(who);
            self.log.add(self.now, Fact::Checked { request, who, standing });
        }
        // Begun anew by whoever took over: that one reports for itself.
        if self.is_started(row, by) {
            self.set(row, RowState::Done);
        }
        if self.chance.befalls("twice", key, self.faults.twice) {
            let mut event = event.clone();
            event.id.push_str(":again");
            let later = self.chance.about("later", key).between(1, 90_000);
            self.after(later, Due::Twice { request, event });
        }
        let _ = self.dies(by.0, "reported", key);
    }
}
