//! People and tokens on a database of their own.

use jiff::SignedDuration;

use super::init::{InitArgs, run};
use super::recover::RecoverArgs;
use super::token::{Gone, Scope, lifetime, mint};
use super::*;
use crate::store::sqlite::Sqlite;
use crate::store::{AuditFilter, Store as _};

struct Office {
    store: Sqlite,
    admin: Person,
    now: Timestamp,
    dir: tempfile::TempDir,
}

fn office() -> (Office, String) {
    let dir = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
    let args = InitArgs {
        db: dir.path().join("flow.db"),
        admin_email: "Ada@acme.example".to_owned(),
        admin_username: Some("ada".to_owned()),
        dev: false,
        token_file: None,
    };
    let mut said = Vec::new();
    run(&args, now, &mut said).unwrap();
    let again = run(&args, now, &mut Vec::new()).unwrap_err().to_string();
    assert_eq!(again, "the database has its first admin already: `flowd init` works once");
    let said = String::from_utf8(said).unwrap();
    let secret = said.split_whitespace().find(|w| w.starts_with("flow_")).unwrap().to_owned();
    let store = Sqlite::open_for(&args.db, false).unwrap();
    let admin = store.find("ADA").unwrap().unwrap();
    (Office { store, admin, now, dir }, secret)
}

impl Office {
    fn stamp(&self) -> Stamp {
        Stamp { by: Some(self.admin.clone()), at: self.now }
    }

    fn add(&self, email: &str, username: Option<&str>, role: Role) -> Result<Person> {
        let id = PersonId(uuid::Uuid::new_v4());
        let emails = [email.to_owned()];
        let person = new_person(id, &emails, username, None, role, PersonKind::Human)?;
        self.store.add(person, self.stamp())
    }

    fn issue(&self, person: &Person, confirmed: bool) -> Minted {
        let expires = self.now.checked_add(lifetime(person.kind, None).unwrap()).unwrap();
        let by = Some(self.admin.id);
        let minted = mint(person.id, Scope::Decide, by, confirmed, self.now, expires).unwrap();
        self.store.keep_token(&minted, self.stamp()).unwrap();
        minted
    }

    fn state(&self, secret: &str, at: Timestamp) -> &'static str {
        self.store.bearer(secret, at).unwrap().map_or("unknown", |b| b.token.state(at))
    }

    fn kinds(&self) -> Vec<String> {
        let filter = AuditFilter { limit: 1000, ..AuditFilter::default() };
        let rows = self.store.page_audit(&filter).unwrap();
        rows.iter().map(|r| r.body.as_ref().unwrap()["kind"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn the_first_admin_may_decide_and_every_change_is_written_down() {
    let (office, secret) = office();
    let bearer = office.store.bearer(&secret, office.now).unwrap().unwrap();
    assert_eq!(bearer.person, office.admin);
    assert_eq!(bearer.token.reach(), Scope::Admin);
    let bo = office.add("bo@acme.example", None, Role::Member).unwrap();
    let change = Change { role: Some(Role::Guest), ..Change::default() };
    office.store.change(bo.id, change.clone(), office.stamp()).unwrap();
    // Nothing changes, so nothing is written.
    office.store.change(bo.id, change, office.stamp()).unwrap();
    office.store.deactivate(bo.id, Some("left".to_owned()), office.stamp()).unwrap();
    office.store.deactivate(bo.id, None, office.stamp()).unwrap();
    assert_eq!(
        office.kinds(),
        ["person.added", "token.issued", "person.added", "person.changed", "person.deactivated"]
    );
}

#[test]
fn an_admin_without_a_token_gets_one_on_the_host_that_must_be_confirmed() {
    let (office, _) = office();
    office.add("bo@acme.example", Some("bo"), Role::Member).unwrap();
    let Office { store, dir, now, .. } = office;
    drop(store);
    let db = dir.path().join("flow.db");
    let token_file = dir.path().join("token");
    let args = |admin: &str| RecoverArgs {
        db: db.clone(),
        admin: admin.to_owned(),
        token_file: Some(token_file.clone()),
    };
    let refused = recover::run(&args("bo"), now, &mut Vec::new()).unwrap_err().to_string();
    assert!(refused.contains("no active admin"), "{refused}");
    recover::run(&args("ada"), now, &mut Vec::new()).unwrap();
    let secret = std::fs::read_to_string(&token_file).unwrap();
    let store = Sqlite::open(&db).unwrap();
    let bearer = store.bearer(secret.trim(), now).unwrap().unwrap();
    assert_eq!((bearer.token.scope, bearer.token.reach()), (Scope::Admin, Scope::Ask));
}

#[test]
fn a_name_means_one_person() {
    let (office, _) = office();
    office.add("bo@acme.example", Some("bo"), Role::Member).unwrap();
    for (email, username, want) in [
        ("BO@acme.example", Some("bo2"), "`bo@acme.example` belongs to `bo`"),
        ("bo2@acme.example", Some("Bo"), "`bo` belongs to `bo`"),
        ("bo2@acme.example", Some("ada@acme.example"), "is not one of this person's addresses"),
        ("not an address", None, "is no e-mail address"),
    ] {
        let refused = office.add(email, username, Role::Member).unwrap_err().to_string();
        assert!(refused.contains(want), "{email} {username:?}: {refused}");
    }
    assert_eq!(office.store.page(None, true, 10).unwrap().len(), 2);
    assert_eq!(office.store.find("bo@ACME.example").unwrap().unwrap().username, "bo");
}

#[test]
fn the_last_admin_stays() {
    let (office, _) = office();
    let demote = Change { role: Some(Role::Member), ..Change::default() };
    let id = office.admin.id;
    for refused in [
        office.store.change(id, demote.clone(), office.stamp()).unwrap_err(),
        office.store.deactivate(id, None, office.stamp()).unwrap_err(),
    ] {
        assert!(refused.to_string().contains("last active admin"));
    }
    office.add("bo@acme.example", None, Role::Admin).unwrap();
    office.store.change(id, demote, office.stamp()).unwrap();
}

#[test]
fn a_token_from_another_only_asks_until_its_owner_swapped_it() {
    let (office, _) = office();
    let bo = office.add("bo@acme.example", None, Role::Member).unwrap();
    let issued = office.issue(&bo, false);
    let bearer = office.store.bearer(&issued.secret, office.now).unwrap().unwrap();
    assert_eq!((bearer.token.scope, bearer.token.reach()), (Scope::Decide, Scope::Ask));

    let expires = issued.token.expires_at;
    let fresh = || mint(bo.id, Scope::Decide, None, true, office.now, expires).unwrap();
    let own = fresh();
    let stamp = Stamp { by: Some(bo.clone()), at: office.now };
    office.store.swap_token(&issued.token.id, &own, stamp.clone()).unwrap();
    let bearer = office.store.bearer(&own.secret, office.now).unwrap().unwrap();
    assert_eq!(bearer.token.reach(), Scope::Decide);

    // The second to swap it, and only the second, is heard of.
    assert!(office.store.swap_token(&issued.token.id, &fresh(), stamp).is_err());
    for first in [true, false] {
        let bearer = office.store.bearer(&issued.secret, office.now).unwrap().unwrap();
        assert!(matches!(bearer.token.gone, Some((Gone::Swapped, _))));
        assert_eq!(bearer.first_reuse, first);
    }
    assert_eq!(office.kinds().iter().filter(|k| *k == "token.reused").count(), 1);
}

#[test]
fn a_token_ends_by_time_by_revoking_and_with_its_person() {
    let (office, _) = office();
    let bo = office.add("bo@acme.example", None, Role::Member).unwrap();
    let [a, b] = [office.issue(&bo, true), office.issue(&bo, true)];
    let last = a.token.expires_at - SignedDuration::from_nanos(1000);
    assert_eq!(office.state(&a.secret, last), "live");
    assert_eq!(office.state(&a.secret, a.token.expires_at), "expired");
    assert_eq!(office.state("flow_none", office.now), "unknown");
    office.store.revoke_token(&a.token.id, office.stamp()).unwrap();
    assert_eq!(office.state(&a.secret, office.now), "revoked");
    office.store.deactivate(bo.id, None, office.stamp()).unwrap();
    assert_eq!(office.state(&b.secret, office.now), "deactivated");
    let mut filter =
        TokenFilter { person: Some(bo.id), past: true, now: office.now, before: None, limit: 10 };
    assert_eq!(office.store.page_tokens(&filter).unwrap().len(), 2);
    filter.past = false;
    assert!(office.store.page_tokens(&filter).unwrap().is_empty());
    for (kind, hours) in [(PersonKind::Human, 13), (PersonKind::Bot, 2161), (PersonKind::Bot, 0)] {
        assert!(lifetime(kind, Some(hours)).is_err());
    }
}

#[test]
fn no_token_stands_in_the_database() {
    let (office, secret) = office();
    let bo = office.add("bo@acme.example", None, Role::Member).unwrap();
    let issued = office.issue(&bo, false);
    let Office { store, dir, .. } = office;
    drop(store);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [&secret, &issued.secret] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()));
        }
    }
}
