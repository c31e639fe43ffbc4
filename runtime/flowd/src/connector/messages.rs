//! The message log: where everything goes that has no other medium yet.
//!
//! API and `flowctl` show it. Telling something twice keeps one row, so it may be repeated.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow_bundle::bundle::ErrorKind;
use flow_bundle::expr::SetName;
use flow_engine::effect::Message;
use flow_engine::event::Answer;
use flow_engine::{Destination, Effect, EffectKind, Outcome, Person, PersonKind, Role};

use super::{Calling, Connector};
use crate::app::App;
use crate::store::{MessageRow, Result};

/// The message log.
pub struct MessageLog(pub Arc<App>);

impl Connector for MessageLog {
    fn perform<'a>(&'a self, effect: &'a Effect) -> Calling<'a> {
        let effect = effect.clone();
        Box::pin(async move {
            match self.0.block(move |app| keep(app, &effect)).await {
                Ok(()) => Outcome::Answered(Answer::default()),
                Err(error) => {
                    Outcome::Unknown { kind: ErrorKind::Internal, message: error.to_string() }
                }
            }
        })
    }
}

fn keep(app: &App, effect: &Effect) -> Result<()> {
    let EffectKind::Message(message) = &effect.kind else { return Ok(()) };
    let at = app.clock.now();
    for (target, person) in destinations(app, message)? {
        let mut body = serde_json::to_value(&message.body).unwrap_or_default();
        if let (true, serde_json::Value::Object(body)) = (app.config.dev, &mut body) {
            body.insert("dev".to_owned(), true.into());
        }
        app.store.put_message(MessageRow {
            seq: 0,
            id: format!("{}:{target}", effect.id),
            at,
            request: Some(effect.request.to_string()),
            person: person.map(|p| p.id.to_string()),
            target,
            body,
        })?;
    }
    Ok(())
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
