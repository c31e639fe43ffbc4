//! Nodes: they begin what is due, die between any two instructions, and take over from each other.

use std::collections::BTreeSet;

use flow_engine::Outcome;
use flow_engine::effect::EffectKind;

use super::{Due, Life};
use crate::daemon::{self, RowState};
use crate::log::{Fact, Flight};

/// A lease is lost this long after its node stopped, in milliseconds.
const LEASE_MS: u64 = 15_000;

impl Life<'_> {
    /// A node that lives; the first where several do.
    pub(super) fn some_node(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.alive)
    }

    fn life_of(&self, node: usize) -> u32 {
        self.nodes.get(node).map_or(0, |n| n.life)
    }

    /// Whether chance kills this node here; it rises some time later.
    pub(super) fn dies(&mut self, node: usize) -> bool {
        let chance = self.faults.crash;
        if !self.random.permille(chance) {
            return false;
        }
        let life = self.life_of(node);
        if let Some(node) = self.nodes.get_mut(node) {
            node.alive = false;
        }
        self.fault = "crash";
        self.log.add(self.now, Fact::Died(node));
        let down = self.random.between(500, 120_000);
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
        self.recover((node, before));
        self.poll_by(self.now + 1);
    }

    /// Settles what a life of a node began and did not report: repeated only where that is safe.
    pub(super) fn recover(&mut self, dead: (usize, u32)) {
        let Some(node) = self.some_node() else { return };
        let rows = 0..self.store.rows.len();
        let rows: Vec<usize> = rows.filter(|row| self.is_started(*row, dead)).collect();
        for row in rows {
            self.take_over(row, node);
        }
    }

    pub(super) fn take_over(&mut self, index: usize, node: usize) {
        let Some(row) = self.store.rows.get(index).cloned() else { return };
        let RowState::Started { at, .. } = row.state else { return };
        if row.effect.repeatable {
            if let Some(row) = self.store.rows.get_mut(index) {
                row.state = RowState::Waiting;
            }
            return self.begin(index, node);
        }
        let times = (at, self.recorded());
        let outcome = Outcome::stopped_in_flight();
        let event = daemon::report(row.effect.id, row.effect.attempt, times, outcome);
        let _ = self.commit(row.request, event);
        self.done(index);
    }

    /// A node looks for what is due: ticks first, then effects.
    pub(super) fn poll(&mut self) {
        let Some(node) = self.some_node() else { return };
        for (request, tick) in self.store.due_ticks(self.recorded()) {
            if self.dies(node) {
                return;
            }
            let _ = self.commit(request, tick);
        }
        let mut held = BTreeSet::new();
        while let Some(row) = self.store.next_row(self.recorded(), &held) {
            if self.dies(node) {
                return;
            }
            let silent = self.faults.silence > 0;
            let message = self
                .store
                .rows
                .get(row)
                .is_some_and(|r| matches!(r.effect.kind, EffectKind::Message(_)));
            if silent && message {
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
        let Some((purpose, target)) = Self::purpose(&row.effect) else {
            self.told(row.request, &row.effect);
            return self.done(index);
        };
        let wanted = self.request(row.request);
        if !wanted.is_some_and(|r| r.still_wants(row.effect.id, row.effect.attempt)) {
            return self.done(index);
        }
        let by = (node, self.life_of(node));
        let at = self.recorded();
        if let Some(row) = self.store.rows.get_mut(index) {
            row.state = RowState::Started { by, at };
        }
        self.flights += 1;
        let flight = Flight {
            number: self.flights,
            request: row.request,
            purpose,
            target,
            key: row.effect.id,
            attempt: row.effect.attempt,
            recorded: self.recorded_ms(),
        };
        self.log.add(self.now, Fact::Begun(flight.clone()));
        if self.dies(node) {
            return;
        }
        let lost = self.nodes.len() > 1 && self.random.permille(self.faults.lease);
        if lost {
            // The other node takes the row over while this one goes on.
            self.fault = "lease";
            self.after(LEASE_MS + 1_000, Due::Recover(by.0, by.1));
        }
        let pause = if lost { self.random.between(0, 5_000) } else { 1 };
        self.after(pause, Due::Leave(flight, index, by, at));
    }

    /// An outcome has come to a node: committed unless the node dies first.
    pub(super) fn reported(&mut self, row: usize, by: (usize, u32), event: &flow_engine::Event) {
        let lives = self.nodes.get(by.0).is_some_and(|n| n.alive && n.life == by.1);
        if !lives || self.dies(by.0) {
            return;
        }
        let Some(found) = self.store.rows.get(row) else { return };
        let request = found.request;
        if let Some((who, true)) = Self::asked_about(&found.effect) {
            let standing = self.stands(who);
            self.log.add(self.now, Fact::Checked { request, who, standing });
        }
        let _ = self.commit(request, event.clone());
        self.done(row);
        if self.random.permille(self.faults.twice) {
            let mut event = event.clone();
            event.id.push_str(":again");
            let later = self.random.between(1, 90_000);
            self.after(later, Due::Twice { request, event });
        }
        let _ = self.dies(by.0);
    }

    fn done(&mut self, row: usize) {
        if let Some(row) = self.store.rows.get_mut(row) {
            row.state = RowState::Done;
        }
    }
}
