//! Who could decide: whoever the flow names, whoever the command line adds, and somebody of each set
//! that nobody is known of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use flow_bundle::Expr;
use flow_bundle::bundle::{Bundle, Flow};
use flow_engine::context::GroupContents;
use flow_engine::{Person, PersonId, PersonKind, Role};
use jiff::Timestamp;
use uuid::Uuid;

use crate::args::{ROLES, Simulate};

/// How many are assumed where nobody is named: enough for any sensible quorum.
const ASSUMED: usize = 5;

/// Everybody.
pub struct Cast {
    pub people: Vec<Person>,
    pub groups: BTreeMap<String, GroupContents>,
    /// What was assumed, in sentences.
    pub notes: Vec<String>,
}

/// Somebody, by their address alone.
pub fn person(email: &str, role: &str) -> Result<Person> {
    let email = email.trim().to_lowercase();
    if !email.contains('@') {
        bail!("`{email}` is no e-mail address");
    }
    let role = match role {
        "admin" => Role::Admin,
        "guest" => Role::Guest,
        "member" => Role::Member,
        _ => bail!("`{role}` is no role; there is {}", ROLES.join(", ")),
    };
    Ok(Person {
        id: PersonId(Uuid::new_v5(&Uuid::NAMESPACE_URL, email.as_bytes())),
        username: email.clone(),
        name: email.clone(),
        emails: vec![email],
        role,
        kind: PersonKind::Human,
        active: true,
    })
}

/// Collects everybody.
pub fn cast(
    bundle: &Bundle,
    flow: &Flow,
    asked: &Simulate,
    requester: &Person,
    at: Timestamp,
) -> Result<Cast> {
    let mut given: BTreeMap<String, Person> = BTreeMap::new();
    for one in &asked.people {
        let (email, role) = one.split_once('=').unwrap_or((one, "member"));
        let person = person(email, role)?;
        given.insert(person.username.clone(), person);
    }
    let mut emails: BTreeSet<String> = BTreeSet::new();
    let mut groups = BTreeMap::new();
    let mut notes = Vec::new();
    let mut assumed = Vec::new();
    let said = said(bundle, &asked.groups)?;
    for (address, group) in &bundle.groups {
        let members = match (&group.members, said.get(address)) {
            (Some(members), _) => {
                emails.extend(members.iter().cloned());
                continue;
            }
            (None, Some(members)) => members.clone(),
            (None, None) => {
                let members: Vec<String> =
                    (1..=ASSUMED).map(|n| format!("somebody-{n}@{address}.invalid")).collect();
                notes.push(format!(
                    "somebody is in `group.{address}`, which is kept elsewhere (`--group {address}=…` says who)"
                ));
                assumed.extend(members.iter().cloned());
                groups.insert(address.clone(), GroupContents { members, as_of: at, failed: None });
                continue;
            }
        };
        emails.extend(members.iter().cloned());
        groups.insert(address.clone(), GroupContents { members, as_of: at, failed: None });
    }
    named(flow, &mut emails);
    let mut people: Vec<Person> = given.values().cloned().collect();
    for email in &emails {
        if !given.contains_key(email) && *email != requester.username {
            people.push(person(email, "member")?);
        }
    }
    // Last, so that whoever is named is asked first.
    for (role, word) in [("member", "a-member"), ("admin", "an-admin")] {
        for n in 1..=ASSUMED {
            people.push(person(&format!("{word}-{n}@somebody.invalid"), role)?);
        }
    }
    for email in &assumed {
        people.push(person(email, "member")?);
    }
    Ok(Cast { people, groups, notes })
}

/// Who is in groups that are kept elsewhere, as the command line says.
fn said(bundle: &Bundle, given: &[String]) -> Result<BTreeMap<String, Vec<String>>> {
    let mut said = BTreeMap::new();
    for one in given {
        let Some((name, members)) = one.split_once('=') else {
            bail!("`--group {one}`: write it as `name=ana@acme.example,bo@acme.example`");
        };
        let name = name.strip_prefix("group.").unwrap_or(name);
        let Some(group) = bundle.groups.get(name) else {
            let names: Vec<&str> = bundle.groups.keys().map(String::as_str).collect();
            bail!("there is no group `{name}`; there is {}", names.join(", "));
        };
        if group.members.is_some() {
            bail!("who is in `group.{name}` is written in the flow");
        }
        let members = members.split(',').map(|m| m.trim().to_lowercase());
        said.insert(name.to_owned(), members.filter(|m| !m.is_empty()).collect());
    }
    Ok(said)
}

/// Everybody whom an expression about people names.
fn named(flow: &Flow, emails: &mut BTreeSet<String>) {
    let mut look = |expr: &Expr| {
        if let Expr::Call(id, args) = expr
            && id.starts_with("user@")
            && let [Expr::String(email)] = args.as_slice()
        {
            emails.insert(email.to_lowercase());
        }
    };
    let permissions = &flow.permissions;
    let sets = [&permissions.decide, &permissions.revoke];
    let stages = flow.approvals.iter().flat_map(|approval| {
        let rules = approval.rules.iter().map(|rule| &rule.approvers);
        rules.chain(approval.fallback_approvers.as_ref())
    });
    for expr in sets.into_iter().chain(stages) {
        flow_bundle::walk::each(expr, &mut look);
    }
}
