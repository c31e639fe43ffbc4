//! What people want during a life and what befalls, done through the daemon's own door.

use std::sync::PoisonError;

use flow_engine::event::{Click, EventKind};
use flow_engine::{EventSource, Reply};
use flow_sim::cast::Who;
use flow_sim::life::request_id;
use flow_sim::log::{Act, Acted, Fact};
use flow_sim::people::Wish;

use super::bundles::Served;
use super::life::{Due, Life};
use crate::drive::{About, Answered, DriveError, EventDraft};
use crate::people::{Directory as _, Stamp};

/// How long somebody waits who got no answer, in milliseconds.
const AGAIN_MS: u64 = 3_000;

/// An act whose answer was lost with the power: what it came to is known when it is back.
pub struct Unsure {
    acted: Acted,
    at: u64,
    /// Where it stands in the log, if it was taken at all.
    line: usize,
}

impl Life {
    pub fn wish(&mut self, wish: Wish) {
        if self.house.node.is_none() {
            // Nobody is there: the client tries again with the same id.
            return self.after(2_000, Due::Wish(wish));
        }
        let done = match &wish {
            // The checkers know two flows, and a request for what is left would be a third: nobody
            // asks any more.
            Wish::Acts { act: Act::Ask, .. } if self.newest().target_gone => Ok(()),
            Wish::Acts { id, request, by, act, stage, wrong, again } => {
                let done = self.act(id, *request, *by, (*act, *stage), *wrong);
                if done.is_ok() && *again {
                    let again = Wish::Acts {
                        id: id.clone(),
                        request: *request,
                        by: *by,
                        act: *act,
                        stage: *stage,
                        wrong: *wrong,
                        again: false,
                    };
                    self.after(4_000, Due::Wish(again));
                }
                done
            }
            Wish::Leaves(who) => self.changes("left", |served| {
                served.left.insert(*who);
            }),
            Wish::Joins(who) => self.changes("joined", |served| {
                served.joined.insert(*who);
            }),
            Wish::Upgraded => self.changes("upgraded", |served| served.version = 1),
            // A flow without a target is no bundle, so that the last one stays.
            Wish::TargetGone if self.setup.scripts[0].targets.len() < 2 => Ok(()),
            Wish::TargetGone => self.changes("one target less", |s| s.target_gone = true),
            Wish::Befalls { what: "target_gone", .. } => Ok(()),
            Wish::Disabled | Wish::Befalls { what: "flow_gone", .. } => self.disabled(),
            Wish::Deactivated(who) => self.deactivated(*who),
            Wish::Befalls { request, .. } => self.deactivated(self.requester(*request)),
            Wish::HandRemoved(request) => self.removed_by_hand(*request),
            Wish::Frozen => self.frozen(),
            Wish::Thawed => self.thawed(),
            // Left out: here functions know people by their addresses.
            Wish::Renamed | Wish::DirectoryDown | Wish::DirectoryUp => Ok(()),
        };
        self.look();
        self.poll_by(self.now + 1);
        if let Err(error) = done {
            self.failed(&error);
            self.after(AGAIN_MS, Due::Wish(wish));
        }
    }

    fn act(
        &mut self,
        id: &str,
        request: usize,
        by: Who,
        (act, stage): (Act, Option<&'static str>),
        wrong: bool,
    ) -> Result<(), DriveError> {
        let about = match act {
            Act::Ask => About::Flow("button".to_owned()),
            _ => About::Request(request_id(request)),
        };
        let kind = self.event(request, (by, self.requester(request)), (act, stage), wrong)?;
        let source = EventSource::Api;
        let draft = EventDraft { id: id.to_owned(), by: Some(by.person()), source, kind };
        let mut acted = Acted {
            event: id.to_owned(),
            request,
            by,
            act,
            stage,
            rules: self.true_rules(request, by, stage),
            late: false,
            seen: !wrong,
            refused: None,
            active: !self.gone.contains(&by),
            recorded: self.recorded_ms(),
        };
        let Some(node) = &self.house.node else { return Ok(()) };
        let there = act == Act::Ask || node.app.request(request_id(request))?.is_some();
        if !there {
            return Ok(());
        }
        let submitted = node.app.submit(&about, &draft);
        // Whether it was asked for is known once it is known by which bundle.
        let answered = submitted.and_then(|answered| {
            if act == Act::Ask {
                self.remember(request)?;
            }
            Ok(answered)
        });
        match answered {
            Ok(answered) => {
                self.met(act_word(act), "none");
                if self.acted.insert(id.to_owned()) {
                    acted.refused = refused(&answered);
                    let answer = serde_json::to_string(&answered)?;
                    self.kept.answers.insert(id.to_owned(), answer);
                    self.log.add(self.now, Fact::Acted(acted));
                }
                Ok(())
            }
            Err(error) => {
                self.met(act_word(act), "crash");
                let line = self.log.lines.len();
                self.unsure.push(Unsure { acted, at: self.now, line });
                Err(error)
            }
        }
    }

    /// What became of the acts whose answers were lost.
    pub fn make_sure(&mut self) -> Result<(), DriveError> {
        while let Some(Unsure { acted, .. }) = self.unsure.last() {
            let (event, request, act) = (acted.event.clone(), acted.request, acted.act);
            let Some(node) = &self.house.node else { return Ok(()) };
            let answer = node.store.reply(&event)?;
            if act == Act::Ask {
                self.remember(request)?;
            }
            let Some(Unsure { mut acted, at, line }) = self.unsure.pop() else { return Ok(()) };
            let Some(answer) = answer else { continue };
            let answered: Answered = serde_json::from_str(&answer)?;
            if self.acted.insert(event.clone()) {
                acted.refused = refused(&answered);
                self.kept.answers.insert(event, answer);
                let fact = Fact::Acted(acted);
                self.log.lines.insert(line, flow_sim::log::Line { at, fact });
            }
        }
        Ok(())
    }

    fn event(
        &self,
        request: usize,
        who: (Who, Who),
        (act, stage): (Act, Option<&'static str>),
        wrong: bool,
    ) -> Result<EventKind, DriveError> {
        let click = || -> Result<Click, DriveError> {
            let Some(node) = &self.house.node else {
                return Ok(Click {
                    stage: stage.map(str::to_owned),
                    digest: String::new(),
                    comment: None,
                });
            };
            let found = node.app.request(request_id(request))?;
            let stages = found.map(|r| r.stages).unwrap_or_default();
            let digest = stages.iter().rfind(|s| Some(s.name.as_str()) == stage);
            let digest = digest.and_then(|s| s.digest).map(|d| d.hex()).unwrap_or_default();
            let digest = if wrong { "0".repeat(64) } else { digest };
            Ok(Click { stage: stage.map(str::to_owned), digest, comment: None })
        };
        let script = self.script(request);
        flow_sim::translate::event_kind(script, request_id(request), who, act, click)
    }

    /// For which rules of a stage somebody truly is an approver now: by the bundle that the request
    /// was opened with and by the newest.
    fn true_rules(&self, request: usize, by: Who, stage: Option<&'static str>) -> Vec<usize> {
        let Some(opened) = self.opened.get(&request) else { return Vec::new() };
        let scripts = &self.setup.scripts;
        let mut stages = scripts[opened.version].stages.iter();
        let Some(stage) = stages.find(|s| Some(s.name) == stage) else { return Vec::new() };
        let own = by == self.requester(request);
        // Whoever may decide here is a member, which no bot is.
        if by == Who::Robot || self.gone.contains(&by) || (own && !stage.allow_self) {
            return Vec::new();
        }
        let (newest, rules) = (self.newest(), 0..stage.rules.len());
        let lists = |served: &Served, rule| served.lists(scripts, stage.name, rule, by);
        rules.filter(|rule| lists(opened, *rule) && lists(newest, *rule)).collect()
    }

    /// Another bundle comes.
    fn changes(
        &mut self,
        what: &'static str,
        change: impl FnOnce(&mut Served),
    ) -> Result<(), DriveError> {
        let before = self.wanted.clone();
        change(&mut self.wanted);
        if let Err(error) = self.load() {
            self.wanted = before;
            return Err(error);
        }
        self.log.add(self.now, Fact::Changed(what));
        Ok(())
    }

    /// A bundle comes in which the flow is disabled.
    fn disabled(&mut self) -> Result<(), DriveError> {
        self.changes("disabled", |served| served.disabled = true)?;
        for request in self.asked() {
            let fact = Fact::Befell { request, what: "flow_gone", taken: true };
            self.log.add(self.now, fact);
        }
        Ok(())
    }

    fn removed_by_hand(&mut self, request: usize) -> Result<(), DriveError> {
        let who = self.requester(request);
        let mut standing = self.access.iter();
        let found = standing.find(|a| a.who == who && a.request.is_none_or(|r| r == request));
        if let Some(found) = found.cloned() {
            self.access.remove(&found);
            self.log.add(self.now, Fact::Changed("access is taken away by hand"));
            self.log.add(self.now, Fact::Gone(found));
        }
        Ok(())
    }

    fn frozen(&mut self) -> Result<(), DriveError> {
        let Some(node) = &self.house.node else { return Ok(()) };
        node.app.freeze(&Who::Root.person(), None, "incident")?;
        self.log.add(self.now, Fact::Changed("frozen"));
        Ok(())
    }

    fn thawed(&mut self) -> Result<(), DriveError> {
        let Some(node) = &self.house.node else { return Ok(()) };
        node.app.thaw(&Who::Root.person(), None)?;
        self.log.add(self.now, Fact::Changed("thawed"));
        Ok(())
    }

    /// Somebody is shut out, as the API does it; an end that follows is wanted from now on.
    fn deactivated(&mut self, who: Who) -> Result<(), DriveError> {
        let asked = self.asked().into_iter();
        for request in asked.filter(|r| self.requester(*r) == who).collect::<Vec<_>>() {
            let what = "person_deactivated";
            self.log.add(self.now, Fact::Befell { request, what, taken: true });
        }
        let Some(node) = &self.house.node else { return Ok(()) };
        let (app, stamp) = (&node.app, Stamp { by: None, at: node.app.clock.now() });
        let id = who.person().id;
        {
            let _narrowing = app.narrowing.write().unwrap_or_else(PoisonError::into_inner);
            match node.people.deactivate(id, None, stamp) {
                Ok(_) => {}
                Err(crate::people::PeopleError::Store(error)) => return Err(error.into()),
                Err(error) => panic!("{error}"),
            }
        }
        app.person_gone(id)?;
        self.gone.insert(who);
        self.log.add(self.now, Fact::Deactivated(who));
        Ok(())
    }

    /// Requests that were taken.
    fn asked(&self) -> Vec<usize> {
        let asks = self.log.acts().filter(|(_, a)| a.act == Act::Ask && a.refused.is_none());
        asks.map(|(_, a)| a.request).collect()
    }
}

fn refused(answered: &Answered) -> Option<flow_engine::Reason> {
    match &answered.reply {
        Reply::Accepted { .. } => None,
        Reply::Refused(refusal) => Some(refusal.reason),
    }
}

fn act_word(act: Act) -> &'static str {
    match act {
        Act::Ask => "ask",
        Act::Approve => "approve",
        Act::Deny => "deny",
        Act::Cancel => "cancel",
        Act::Revoke => "revoke",
        Act::Extend => "extend",
        Act::Resolve => "resolve",
        Act::RevokeAll => "revoke_all",
    }
}
