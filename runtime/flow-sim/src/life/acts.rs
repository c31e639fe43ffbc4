//! People act, and the world changes.

use std::convert::Infallible;

use flow_engine::event::{Click, EventKind};
use flow_engine::{Event, EventSource, Reply};

use super::{Due, Life, request_id};
use crate::cast::Who;
use crate::chance::text;
use crate::log::{Access, Act, Acted, Fact};
use crate::people::Wish;
use crate::translate;

impl Life<'_> {
    /// Somebody wants something, or something befalls.
    pub(super) fn wish(&mut self, wish: Wish) {
        let Some(node) = self.some_node() else {
            // Nobody is there: the client tries again with the same id, once somebody is.
            return self.unsaid.push(wish);
        };
        let outside = &mut self.outside;
        let changed = match wish {
            Wish::Leaves(who) => {
                outside.left.insert(who);
                Fact::Changed("left")
            }
            Wish::Joins(who) => {
                outside.joined.insert(who);
                Fact::Changed("joined")
            }
            Wish::Deactivated(who) => {
                outside.gone.insert(who);
                Fact::Deactivated(who)
            }
            Wish::Frozen => {
                outside.frozen = true;
                Fact::Changed("frozen")
            }
            Wish::Thawed => {
                outside.frozen = false;
                Fact::Changed("thawed")
            }
            Wish::Disabled => {
                outside.disabled = true;
                Fact::Changed("disabled")
            }
            Wish::TargetGone => {
                outside.target_gone = true;
                Fact::Changed("target gone")
            }
            Wish::Upgraded => {
                outside.newest = 1;
                Fact::Changed("upgraded")
            }
            Wish::Renamed => {
                outside.renamed = true;
                Fact::Changed("other ids")
            }
            Wish::DirectoryDown => {
                outside.directory_down = true;
                Fact::Changed("the directory does not answer")
            }
            Wish::DirectoryUp => {
                outside.directory_down = false;
                Fact::Changed("the directory answers")
            }
            Wish::HandRemoved(request) => return self.remove_by_hand(request),
            Wish::Befalls { request, what, ref id } => {
                let event = self.befalling(id, request, what);
                if self.dies(node, "befalls", text(id)) {
                    return self.after(3_000, Due::Wish(wish));
                }
                let Some(reply) = self.commit(request, event) else { return };
                let taken = matches!(reply, Reply::Accepted { .. });
                Fact::Befell { request, what, taken }
            }
            Wish::Acts { .. } => return self.acts(node, wish),
        };
        self.log.add(self.now, changed);
    }

    fn befalling(&mut self, id: &str, request: usize, what: &str) -> Event {
        let kind = match what {
            "flow_gone" => {
                self.outside.flowless.insert(request);
                EventKind::FlowGone
            }
            "target_gone" => {
                let first = self.script(request).targets.first().copied().unwrap_or_default();
                EventKind::TargetGone { target: self.script(request).address(first) }
            }
            _ => {
                let who = self.requester(request);
                self.outside.gone.insert(who);
                EventKind::PersonDeactivated
            }
        };
        let source = EventSource::Automation;
        Event { id: id.to_owned(), at: self.recorded(), by: None, source, kind }
    }

    fn remove_by_hand(&mut self, request: usize) {
        let who = self.requester(request);
        let mut standing = self.access.iter();
        let made =
            |a: &&Access| !self.setup.before.iter().any(|(w, t)| *w == a.who && *t == a.target);
        let found =
            standing.find(|a| a.who == who && a.request.is_none_or(|r| r == request) && made(a));
        if let Some(found) = found.cloned() {
            self.access.remove(&found);
            self.log.add(self.now, Fact::Changed("access is taken away by hand"));
            self.log.add(self.now, Fact::Gone(found));
        }
    }

    fn acts(&mut self, node: usize, wish: Wish) {
        let Wish::Acts { ref id, request, by, act, stage, wrong, again } = wish else { return };
        let event = self.act(id, request, by, act, stage, wrong);
        let key = text(id);
        if self.dies(node, "acts", key) {
            return self.after(3_000, Due::Wish(wish));
        }
        let known = self.store.reply(request, &event.id).is_some();
        let Some(reply) = self.commit(request, event) else { return };
        if !known {
            let rules = self.true_rules(request, by, stage);
            let late = self.is_late_approver(request, by, stage);
            self.answered(id, request, (by, act, stage), (rules, late, !wrong), &reply);
        }
        if again || self.dies(node, "acted", key) {
            let wish = Wish::Acts { id: id.clone(), request, by, act, stage, wrong, again: false };
            self.after(4_000, Due::Wish(wish));
        }
    }

    fn answered(
        &mut self,
        id: &str,
        request: usize,
        (by, act, stage): (Who, Act, Option<&'static str>),
        (rules, late, seen): (Vec<usize>, bool, bool),
        reply: &Reply,
    ) {
        let refused = match reply {
            Reply::Accepted { .. } => None,
            Reply::Refused(refusal) => Some(refusal.reason),
        };
        let acted = Acted {
            event: id.to_owned(),
            request,
            by,
            act,
            stage,
            rules,
            late,
            seen,
            refused,
            active: !self.outside.gone.contains(&by),
            recorded: self.recorded_ms(),
        };
        self.log.add(self.now, Fact::Acted(acted));
    }

    fn act(
        &self,
        id: &str,
        request: usize,
        by: Who,
        act: Act,
        stage: Option<&'static str>,
        wrong: bool,
    ) -> Event {
        let said = self.chance.about("comment", text(id)).permille(700);
        let click = || {
            let known = self.request(request);
            let stages = known.map(|r| r.stages.as_slice()).unwrap_or_default();
            let digest = stages.iter().rfind(|s| Some(s.name.as_str()) == stage);
            let digest = digest.and_then(|s| s.digest).map(|d| d.hex());
            let digest = if wrong { "0".repeat(64) } else { digest.unwrap_or_default() };
            let comment = said.then(|| "fine".to_owned());
            Ok::<_, Infallible>(Click { stage: stage.map(str::to_owned), digest, comment })
        };
        let who = (by, self.requester(request));
        let script = self.script(request);
        let Ok(kind) = translate::event_kind(script, request_id(request), who, act, click);
        let mut person = by.person();
        person.active = !self.outside.gone.contains(&by);
        Event {
            id: id.to_owned(),
            at: self.recorded(),
            by: Some(person),
            source: EventSource::Api,
            kind,
        }
    }

    /// For which rules of a stage somebody truly is an approver now: by the bundle that the request
    /// was opened with and by the newest, whoever joined since.
    fn true_rules(&self, request: usize, by: Who, stage: Option<&'static str>) -> Vec<usize> {
        let stages = &self.script(request).stages;
        let Some(stage) = stages.iter().find(|s| Some(s.name) == stage) else { return Vec::new() };
        let own = by == self.requester(request);
        // Whoever may decide here is a member, which no bot is.
        if by == Who::Robot || self.outside.gone.contains(&by) || (own && !stage.allow_self) {
            return Vec::new();
        }
        let rules = stage.rules.iter().enumerate();
        let rules = rules.filter(|(i, (who, _))| {
            let (listed, joined) = (who.contains(&by), self.outside.joined.contains(&by));
            let left = self.outside.left.contains(&by);
            if stage.outside {
                return !self.outside.directory_down && ((listed && !left) || joined);
            }
            listed && !left && (joined || self.still(stage.name, *i, by))
        });
        rules.map(|(i, _)| i).collect()
    }

    /// Whether the newest bundle lists somebody there, too.
    fn still(&self, stage: &str, rule: usize, who: Who) -> bool {
        self.script_at(self.outside.newest).lists(stage, rule, who)
    }

    /// Whether somebody truly is one of those who decide where nobody did in time.
    fn is_late_approver(&self, request: usize, by: Who, stage: Option<&'static str>) -> bool {
        let lists = |version: usize| {
            let mut stages = self.script_at(version).stages.iter();
            let stage = stages.find(|s| Some(s.name) == stage);
            stage.filter(|s| s.fallback().contains(&by))
        };
        let own = by == self.requester(request);
        let pinned = lists(self.version(request)).is_some_and(|s| !own || s.allow_self);
        let joined = self.outside.joined.contains(&by);
        pinned && self.stands(by) && (joined || lists(self.outside.newest).is_some())
    }
}
