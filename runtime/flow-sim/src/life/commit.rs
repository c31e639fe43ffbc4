//! The one door: an event is decided about what was read, and written unless somebody was first.

use flow_bundle::digest::Digest;
use flow_engine::context::{GroupContents, HeldIdentity};
use flow_engine::{Context, Event, EventKind, Newest, Pinned, Reply, Request, Transition};

use super::Life;
use crate::cast::Who;
use crate::chance::text;
use crate::log::Fact;
use crate::script::{PROVIDER, Script};
use crate::translate;

/// How long a decision may take before it is written, in milliseconds.
const MEANWHILE_MS: u64 = 2_000;

impl Life<'_> {
    /// One transaction; nothing where the request was never asked for.
    pub(super) fn commit(&mut self, request: usize, mut event: Event) -> Option<Reply> {
        let ask = matches!(event.kind, EventKind::Ask(_));
        if self.request(request).is_none() && !ask {
            return None;
        }
        let key = text(&event.id);
        let name = event.kind.word();
        let mut met_others =
            !self.interleaved && self.chance.befalls("conflict", key, self.faults.conflict);
        let (done, version) = loop {
            event.at = self.recorded();
            // Who acts is looked up again with each try.
            if let Some(by) = &mut event.by {
                by.active = Who::by_id(by.id).is_none_or(|who| !self.outside.gone.contains(&who));
            }
            let outside = self.outside.clone();
            let context = self.context(request);
            let read = self.request(request).cloned();
            let version = self.version(request);
            let done = self.decided(request, read.as_ref(), &event, &context);
            self.transitions += 1;
            if std::mem::take(&mut met_others) {
                self.meanwhile();
                // What narrows is never changed between reading and writing: the daemon locks it.
                if self.outside != outside {
                    continue;
                }
            }
            if let Some(done) = self.store.write((request, &event), read.as_ref(), done) {
                break (done, version);
            }
            self.befell("conflict");
        };
        if ask && self.request(request).is_some() {
            self.pinned.entry(request).or_insert(version);
        }
        let phase = done.phase.map_or("none", flow_engine::Phase::word);
        self.met.insert((phase, name, self.fault));
        let at = self.now;
        self.log.audit.extend(done.audit.into_iter().map(|record| (at, record)));
        self.poll_by(self.now + 1);
        Some(done.reply)
    }

    /// Whatever comes next happens before the other one has written.
    fn meanwhile(&mut self) {
        let next = self.queue.first_key_value().map(|((at, _), _)| *at);
        if next.is_none_or(|at| at > self.now + MEANWHILE_MS) {
            return;
        }
        if let Some(((at, _), due)) = self.queue.pop_first() {
            self.now = at;
            self.interleaved = true;
            self.happen(due);
            self.interleaved = false;
        }
    }

    fn decided(
        &self,
        request: usize,
        read: Option<&Request>,
        event: &Event,
        context: &Context,
    ) -> Transition {
        let script = self.script(request);
        let content_hash = match self.version(request) {
            0 => Digest::of(b"bundle"),
            _ => Digest::of(b"later bundle"),
        };
        // Invariant: every script has its flow, which a test of `setup` looks at.
        let Some((address, flow)) = script.bundle.flows.iter().next() else {
            let reply = Reply::Refused(flow_engine::Refusal::of(flow_engine::Reason::NotFound));
            let (grants, effects, audit) = (Vec::new(), Vec::new(), Vec::new());
            let (request, branches) = (read.cloned(), Default::default());
            return Transition { request, grants, effects, audit, reply, branches };
        };
        let pinned = Pinned { bundle: &script.bundle, content_hash, address, flow };
        (self.decide)(&pinned, read, event, context)
    }

    fn context(&self, request: usize) -> Context {
        let outside = &self.outside;
        let requester = self.requester(request);
        let mut person = requester.person();
        person.active = !outside.gone.contains(&requester);
        let mut context = Context::plain("sim", Some(person));
        context.jumped_s = self.store.jumped_ms / 1000;
        context.frozen = outside.frozen.then(|| "incident".to_owned());
        let mine = requester.person().id;
        let grants = self.store.grants.values().filter(|g| g.person == mine);
        context.grants = grants.cloned().collect();
        let deciders = self.request(request).map(Request::deciders).unwrap_or_default();
        context.enabled = !outside.disabled && !outside.flowless.contains(&request);
        let now = |p: &flow_engine::Person| {
            let active = Who::by_id(p.id).is_none_or(|who| !outside.gone.contains(&who));
            flow_engine::Person { active, ..p.clone() }
        };
        context.deciders = deciders.into_iter().map(now).collect();
        let script = self.script(request);
        if script.function_timeout_known {
            let arn = crate::script::BUTTON.to_owned();
            context.function_timeouts_s.insert(arn, script.function_timeout_s);
        }
        self.outsiders(&mut context, script, requester);
        context.newest = self.newest(request);
        context
    }

    /// What others than the bundle know: groups outside, and ids.
    fn outsiders(&self, context: &mut Context, script: &Script, requester: Who) {
        let outside = &self.outside;
        for (address, members) in script.outside_groups() {
            let left = |m: &String| outside.left.iter().any(|w| w.addresses().contains(m));
            let stay = members.into_iter().filter(|m| !left(m));
            let now = stay.chain(outside.joined.iter().flat_map(|w| w.addresses()));
            let failed = outside.directory_down.then(|| "no answer".to_owned());
            // Whatever a directory said before it failed may still be at hand.
            let contents = GroupContents { members: now.collect(), as_of: self.recorded(), failed };
            context.groups.insert(address, contents);
        }
        if script.by_id {
            context.saved_ids.insert(PROVIDER.to_owned(), self.id_of(requester));
            let held = self.store.requests.values().flat_map(HeldIdentity::of);
            context.identities = held.collect();
        }
    }

    /// What the newest bundle says, where it is not the request's own.
    fn newest(&self, request: usize) -> Option<Newest> {
        let outside = &self.outside;
        let same = outside.newest == self.version(request)
            && outside.left.is_empty()
            && outside.joined.is_empty()
            && !outside.target_gone;
        if same {
            return None;
        }
        let script = self.script_at(outside.newest);
        let left = |m: &String| outside.left.iter().any(|w| w.addresses().contains(m));
        let groups = script.groups().into_iter().map(|(name, members)| {
            let stay = members.into_iter().filter(|m| !left(m));
            (name, stay.chain(outside.joined.iter().flat_map(|w| w.addresses())).collect())
        });
        let skipped = usize::from(outside.target_gone);
        let targets = script.targets.iter().skip(skipped);
        let targets = targets.map(|t| script.address(t)).collect();
        Some(Newest { groups: groups.collect(), targets: Some(targets), ..Newest::default() })
    }

    pub(super) fn told(&mut self, request: usize, effect: &flow_engine::Effect) {
        if let flow_engine::EffectKind::Message(message) = &effect.kind {
            let (to, text) = (message.to.to_string(), message.body.plain());
            let told = translate::told(request, to, text);
            self.log.add(self.now, Fact::Told(told));
        }
    }
}
