//! Who the requester is on the other side: found before the escalation and kept with the target, so
//! that the end takes it back from the same one.
//!
//! Two people who are one there are refused: the end of one would take the access of the other.

use flow_bundle::bundle::{Bundle, ErrorKind, Overlap};
use flow_bundle::eval::eval;
use flow_bundle::{Value, catalog};
use serde_json::json;

use super::escalate;
use super::work::Work;
use crate::context::Pinned;
use crate::effect::Fault;
use crate::scope;
use crate::state::{Identity, Part};

/// How many bytes an id may have.
const ID_MAX: usize = 1024;

/// What the bundle itself says, and by which rule: an `override` is stronger than the `map`.
pub(super) fn declared<'b>(
    bundle: &'b Bundle,
    emails: &[&str],
    provider: &str,
) -> Option<(&'b str, &'static str)> {
    let said = &bundle.identities;
    let rules = [(&said.overrides, "identities.override"), (&said.map, "identities.map")];
    rules.into_iter().find_map(|(people, rule)| {
        let id = emails.iter().find_map(|email| people.get(*email)?.get(provider));
        id.map(|id| (id.as_str(), rule))
    })
}

/// What is known without a step.
pub(super) enum Known {
    /// This is who they are there.
    Id(Identity),
    /// The strategy asks for itself.
    Asks,
    /// Nothing: a vendor's connector is asked by their e-mail address.
    Address,
}

/// Who the requester is, as far as no step is needed.
pub(super) fn known(work: &Work<'_>) -> Result<Known, Fault> {
    let Some(strategy) = escalate::strategy(work) else { return Ok(Known::Address) };
    let provider = provider(work);
    let person = &work.request.requester;
    let emails: Vec<&str> = person.emails.iter().map(String::as_str).collect();
    let said = declared(work.pinned.bundle, &emails, &provider);
    let saved = || work.context.saved_ids.get(&provider).map(|id| (id.as_str(), "identity_save"));
    if let Some((id, rule)) = said.or_else(saved) {
        let (id, rule) = (id.to_owned(), rule.to_owned());
        return checked(work, Identity { provider, id, rule }).map(Known::Id);
    }
    if strategy.identity.is_some() {
        return Ok(Known::Asks);
    }
    let own = catalog::strategy(&strategy.kind).and_then(|kind| kind.provider);
    if own == Some(provider.as_str()) {
        return Ok(Known::Address);
    }
    let message = format!(
        "`{}` has no id in `{provider}`: give one in `identities`, and ask again",
        person.username
    );
    Err(Fault::new(ErrorKind::Identity, message))
}

/// The id that the strategy's own `identity` works out, once its steps have run.
pub(super) fn asked(work: &Work<'_>, index: usize) -> Result<Identity, Fault> {
    let gone = || Fault::new(ErrorKind::Identity, "the definition of the id is gone");
    let strategy = escalate::strategy(work).ok_or_else(gone)?;
    let lookup = strategy.identity.as_ref().ok_or_else(gone)?;
    let access = work.request.accesses.get(index).ok_or_else(gone)?;
    let scope = scope::strategy(work.pinned, &work.request, work.at, access, Part::Identity);
    let failed = |why: String| Fault::new(ErrorKind::Identity, why);
    let id = match eval(&lookup.value, &scope) {
        Ok(Value::String(id)) => id,
        Ok(other) => return Err(failed(format!("the id is {}, not a text", other.kind()))),
        Err(e) => return Err(failed(format!("the id could not be worked out: {e}"))),
    };
    let rule = "strategy.identity".to_owned();
    checked(work, Identity { provider: provider(work), id, rule })
}

/// Keeps what was found.
pub(super) fn keep(work: &mut Work<'_>, index: usize, found: Identity) {
    let target = work.request.accesses.get(index).map(|a| a.target.address.clone());
    let facts = json!({ "target": target, "provider": found.provider, "id": found.id });
    work.record("identity.found", found.rule.clone(), facts);
    let shared = escalate::strategy(work).is_some_and(|s| s.overlap == Overlap::Share);
    if let Some(access) = work.request.accesses.get_mut(index) {
        // Whoever is known by another id by now does not share what the old one has: the last one
        // out would take back from the new one, and leave the old one's access standing.
        if shared {
            access.grant = access.grant.to_account(&found.provider, &found.id);
        }
        access.identity = Some(found);
    }
}

/// Under which name the flow's strategy asks for ids; nothing where it knows people by their e-mail
/// address alone.
#[must_use]
pub fn provider_of(pinned: &Pinned<'_>) -> Option<String> {
    let grant = pinned.flow.grant.as_ref()?;
    let strategy = pinned.bundle.strategies.get(&grant.strategy)?;
    let address = || strategy.identity.is_some().then(|| grant.strategy.clone());
    strategy.provider.clone().or_else(address)
}

fn provider(work: &Work<'_>) -> String {
    provider_of(work.pinned).unwrap_or_default()
}

/// Whether this is an id, and of nobody else.
fn checked(work: &Work<'_>, found: Identity) -> Result<Identity, Fault> {
    let Identity { provider, id, .. } = &found;
    let fault = |message: String| Err(Fault::new(ErrorKind::Identity, message));
    if id.trim().is_empty() {
        return fault(format!("the id in `{provider}` is empty"));
    }
    if id.trim() != id || id.len() > ID_MAX || id.chars().any(char::is_control) {
        return fault(format!(
            "the id in `{provider}` is none: it has spaces around it, signs that cannot be seen, or is too long"
        ));
    }
    let own = |email: &String| work.request.requester.emails.contains(email);
    let said = &work.pinned.bundle.identities;
    let people = said.overrides.keys().chain(said.map.keys()).filter(|email| !own(email));
    for email in people {
        let theirs = declared(work.pinned.bundle, &[email.as_str()], provider);
        if theirs.is_some_and(|(theirs, _)| is_same(theirs, id)) {
            return fault(format!(
                "the id `{id}` in `{provider}` is `{email}`'s as well: two people cannot be one there"
            ));
        }
    }
    let me = work.request.requester.id;
    let mut held = work.context.identities.iter().filter(|held| held.person != me);
    if let Some(other) = held.find(|h| h.provider == *provider && is_same(&h.id, id)) {
        let other = &other.username;
        return fault(format!(
            "the id `{id}` in `{provider}` is how `{other}` is known there, whose access stands: two people cannot be one there"
        ));
    }
    Ok(found)
}

/// Many services take `Ana` and `ana` for one.
fn is_same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
