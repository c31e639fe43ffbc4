//! The message log: where everything goes that is said, as long as no other medium is there.
//!
//! It is a part of the database, so saying something and settling its effect are one transaction,
//! and nothing can be lost or said twice. API and `flowctl` show it.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::expr::SetName;
use flow_engine::effect::Message;
use flow_engine::message::{MessageBody, TextPart};
use flow_engine::{Destination, Effect, EffectKind, Person, PersonKind, Role};

use crate::app::App;
use crate::drive::effect_key;
use crate::store::{MessageRow, Result};

impl App {
    /// Keeps what `effect` says to `message`'s destination, and settles the effect.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn keep_message(&self, effect: &Effect, message: &Message) -> Result<()> {
        let at = self.clock.now();
        let mut body = serde_json::to_value(&message.body).unwrap_or_default();
        if let (true, serde_json::Value::Object(body)) = (self.config.dev, &mut body) {
            body.insert("dev".to_owned(), true.into());
        }
        let rows = destinations(self, message)?
            .into_iter()
            .map(|(target, person)| MessageRow {
                seq: 0,
                id: format!("{}:{target}", effect.id),
                at,
                request: Some(effect.request.to_string()),
                person: person.map(|p| p.id.to_string()),
                target,
                body: body.clone(),
            })
            .collect();
        self.store.keep_messages(Some(&effect_key(effect.id, effect.attempt)), rows)
    }
}

impl App {
    /// Keeps what the hooks of a form say. No request hangs on it.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn keep_told(&self, messages: &[Effect]) -> Result<()> {
        let at = self.clock.now();
        let mut rows = Vec::new();
        for effect in messages {
            let EffectKind::Message(message) = &effect.kind else { continue };
            let body = serde_json::to_value(&message.body).unwrap_or_default();
            let all = destinations(self, message)?.into_iter();
            rows.extend(all.map(|(target, person)| MessageRow {
                seq: 0,
                id: format!("{}:{target}", effect.id),
                at,
                request: None,
                person: person.map(|p| p.id.to_string()),
                target,
                body: body.clone(),
            }));
        }
        if rows.is_empty() { Ok(()) } else { self.store.keep_messages(None, rows) }
    }

    /// Tells the admins, and whoever hears of errors of a flow or of every flow, what an admin did.
    /// What was done stands though nobody could be told.
    pub(crate) fn announce(&self, flow: Option<&str>, text: Vec<TextPart>) {
        let newest = self.shelf.newest();
        let mut to = BTreeSet::from([Destination::Set { name: SetName::Admins }]);
        to.extend(newest.iter().flat_map(|e| flow_engine::error_channels(e.bundle(), flow)));
        let body = MessageBody { text, ..MessageBody::default() };
        if let Err(error) = self.keep_announcement(to, &body) {
            tracing::error!(%error, text = body.plain(), "nobody could be told");
        }
    }

    fn keep_announcement(&self, to: BTreeSet<Destination>, body: &MessageBody) -> Result<()> {
        let (id, at) = (uuid::Uuid::new_v4(), self.clock.now());
        let mut told = BTreeMap::new();
        for to in to {
            told.extend(destinations(self, &Message { to, thread: false, body: body.clone() })?);
        }
        let row = |(target, person): (String, Option<Person>)| MessageRow {
            seq: 0,
            id: format!("announcement:{id}:{target}"),
            at,
            request: None,
            person: person.map(|p| p.id.to_string()),
            target,
            body: serde_json::to_value(body).unwrap_or_default(),
        };
        self.store.keep_messages(None, told.into_iter().map(row).collect())
    }
}

/// Channel or e-mail address, with the person it belongs to.
fn destinations(app: &App, message: &Message) -> Result<BTreeMap<String, Option<Person>>> {
    let people = |fits: &dyn Fn(&Person) -> bool| -> Result<BTreeMap<_, _>> {
        let all = app.people.active()?.into_iter().filter(|p| fits(p));
        Ok(all.map(|p| (p.email().to_owned(), Some(p))).collect())
    };
    match &message.to {
        Destination::Channel { name } => Ok(BTreeMap::from([(name.clone(), None)])),
        Destination::Person { email } => {
            Ok(BTreeMap::from([(email.clone(), app.people.person_by_email(email)?)]))
        }
        Destination::Set { name } => people(&|p| is_in(*name, p)),
        Destination::Group { address } => {
            let newest = app.shelf.newest();
            let group = newest.as_ref().and_then(|e| e.bundle().groups.get(address));
            let members = group.and_then(|g| g.members.clone()).unwrap_or_default();
            people(&|p| p.emails.iter().any(|email| members.contains(email)))
        }
    }
}

fn is_in(set: SetName, person: &Person) -> bool {
    let human = person.active && person.kind == PersonKind::Human;
    match set {
        SetName::Members | SetName::Everyone => human && person.role >= Role::Member,
        SetName::Admins => human && person.role == Role::Admin,
        SetName::Guests => human && person.role == Role::Guest,
        SetName::Nobody => false,
    }
}
