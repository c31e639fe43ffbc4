//! Two people log in through a real OpenID provider, one asks, the other approves in the page, in a
//! real browser; a revoked session is refused at once; shutting somebody out ends their grants. And
//! a machine turns in what the provider gave it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use regex::Regex;
use serde_json::{Value as Json, json};
use tests::browser::{Browser, Seen};
use tests::daemon::{Person, Setup};
use tests::endpoint::{self, Endpoint};
use tests::house::{self, At};
use tests::oidc::{self, Provider};
use tests::process::{self, Process};
use tests::{bins, need, workspace};

/// A daemon that knows the provider, and what it was started with.
struct Place {
    setup: Setup,
    daemon: Process,
    server: String,
    provider: Provider,
    admin: Person,
}

/// Starts provider and daemon on ports that know each other.
fn open(folder: &Path, lambda: &Endpoint) -> Result<Place> {
    let server = format!("http://127.0.0.1:{}", process::free_port()?);
    let provider = Provider::start(&format!("{server}/auth/callback"), folder)?;
    let at = At::endpoint(lambda);
    let setup = house::setup(folder, &at, |flow| flow)?;
    let token = setup.init("admin@acme.example")?;
    std::fs::write(folder.join("oidc.secret"), oidc::SECRET)?;
    let config = format!(
        "unsigned = true\n[oidc]\nissuer = \"{issuer}\"\nclient_id = \"flow\"\n\
         client_secret = \"oidc\"\npublic_url = \"{server}\"\nlink_by_email = [\"acme.example\"]\n\
         machine_audience = \"flow-machines\"\n[secrets.oidc]\nfile = \"{secret}\"\n\
         [dev.endpoints]\nlambda = \"{url}\"\nsts = \"{url}\"\n",
        issuer = provider.issuer(),
        secret = folder.join("oidc.secret").display(),
        url = lambda.url(),
    );
    std::fs::write(folder.join("flowd.toml"), config)?;
    let mut command = bins::command("flowd")?;
    command.args(["serve", "--dev", "--listen", &server["http://".len()..], "--db"]);
    command.arg(setup.db()).arg("--bundle").arg(&setup.bundle).arg("--config");
    command.arg(folder.join("flowd.toml")).arg("--binding");
    command.arg(setup.binding.as_ref().context("no binding")?);
    at.identity.lend(&mut command, &at.url);
    command.env_remove("AWS_ENDPOINT_URL");
    let mut daemon = Process::start("flowd", &mut command, &folder.join("flowd.log"))?;
    let pattern = Regex::new("listening on http")?;
    daemon.wait_for(Duration::from_secs(30), |out| pattern.is_match(out).then_some(()))?;
    let admin = Person::new("admin", &server, &token);
    Ok(Place { setup, daemon, server, provider, admin })
}

fn known(place: &Place, who: &str, more: &[&str]) {
    let email = format!("{who}@acme.example");
    let add = ["people", "add", "--email", &email, "--name", who, "--username", who];
    place.admin.ask(&[&add[..], more].concat()).unwrap();
}

fn linked(place: &Place, who: &str) {
    let tenant = ["--service", "oidc", "--tenant", place.provider.issuer(), "--id", who];
    place.admin.ask(&[&["people", "link", who][..], &tenant].concat()).unwrap();
}

/// Nothing was refused to the page, everything has a name, nothing sticks out.
fn is_well(seen: Seen) -> Seen {
    assert!(seen.complaints.is_empty() && seen.unnamed.is_empty() && !seen.wide, "{seen:?}");
    seen
}

#[test]
fn one_asks_another_approves_and_whoever_is_out_is_out_at_once() {
    let folder = workspace::scratch("page").unwrap();
    let lambda = Endpoint::start(|_, payload| match payload["event"].as_str() {
        Some("on_request") => {
            (Duration::ZERO, endpoint::Reply::Answer(json!({ "allowed": true }).to_string()))
        }
        _ => (Duration::ZERO, endpoint::done("done")),
    })
    .unwrap();
    let browser = need!("chromium", Browser::at("", folder.path()));
    drop(browser);
    let mut place = need!("oidc-provider", open(folder.path(), &lambda));
    let browser = Browser::at(&place.server, folder.path()).unwrap();

    // Somebody whom nobody knows comes no farther than the provider.
    known(&place, "ana", &[]);
    known(&place, "ben", &[]);
    linked(&place, "ana");
    let first = is_well(browser.does("ana", &["login"]).unwrap());
    assert_eq!((first.status, first.path.as_str()), (200, "/"), "{first:?}");
    assert!(first.text.contains("Logged in as ana") && !first.text.contains("e-mail address only"));
    let asked = is_well(browser.does("ana", &["ask", "Press the button", "the pager"]).unwrap());
    assert!(asked.text.contains("the pager") && !asked.text.contains("Approve"), "{asked:?}");
    let id = asked.path.rsplit('/').next().unwrap().to_owned();

    // By his address alone ben may ask and not decide; linked by an admin he decides.
    let by_mail = is_well(browser.does("ben", &["login"]).unwrap());
    assert!(by_mail.text.contains("by its e-mail address only"), "{by_mail:?}");
    let refused = browser.does("ben", &["approve", &id, "go"]).unwrap();
    assert_eq!(refused.status, 403, "{refused:?}");
    linked(&place, "ben");
    std::fs::remove_file(folder.path().join("ben.json")).unwrap();
    is_well(browser.does("ben", &["login"]).unwrap());
    let approved = is_well(browser.does("ben", &["approve", &id, "go ahead"]).unwrap());
    assert!(approved.text.contains("go ahead"), "{approved:?}");
    let active = |id: &str| place.admin.wait_until(id, "active", Duration::from_secs(30));
    active(&id).unwrap();
    is_well(browser.does("ana", &["open", &format!("/requests/{id}"), "narrow"]).unwrap());

    // A session that is revoked is refused at the next click.
    let tokens = place.admin.ask(&["token", "list", "--for", "ben"]).unwrap();
    for token in tokens["items"].as_array().unwrap() {
        place.admin.flowctl(&["token", "revoke", token["id"].as_str().unwrap()]).unwrap();
    }
    let out = browser.does("ben", &["open", &format!("/requests/{id}")]).unwrap();
    assert_eq!(out.status, 401, "{out:?}");

    // Shut out: her session and her grant end.
    place.admin.flowctl(&["people", "deactivate", "ana", "--reason", "left"]).unwrap();
    assert_eq!(browser.does("ana", &["open", "/"]).unwrap().status, 401);
    place.admin.wait_until(&id, "ended", Duration::from_secs(30)).unwrap();
    let calls = lambda.calls();
    assert!(tests::watch::standing(&calls).is_empty(), "access that nobody took back");

    machines(&place);
    place.daemon.stop(Duration::from_secs(20)).unwrap();
    place.setup.verify_audit().unwrap();
}

/// A bot with the token of its provider: in by `POST /auth/token`, out with its link.
fn machines(place: &Place) {
    let token_of = |url: &str, form: &str, user: Option<(&str, &str)>| -> (u16, Json) {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let asked = client.post(url).body(form.to_owned());
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        let asked = match user {
            Some((name, secret)) => asked.basic_auth(name, Some(secret)),
            None => asked,
        };
        let answer = asked.send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap_or(Json::Null))
    };
    let issuer = place.provider.issuer();
    let robot = Some(("robot", oidc::ROBOT));
    let (status, given) =
        token_of(&format!("{issuer}/token"), "grant_type=client_credentials", robot);
    assert_eq!(status, 200, "{given}");
    let form = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={}",
        given["access_token"].as_str().unwrap()
    );
    let turn_in = || token_of(&format!("{}/auth/token", place.server), &form, None);
    assert_eq!(turn_in().0, 401, "nobody's");
    known(place, "robot", &["--bot"]);
    linked(place, "robot");
    let (status, ours) = turn_in();
    assert_eq!((status, ours["token_type"].as_str()), (200, Some("Bearer")), "{ours}");
    let robot = Person::new("robot", &place.server, ours["access_token"].as_str().unwrap());
    robot.flowctl(&["flows"]).unwrap();
    place.admin.flowctl(&["people", "deactivate", "robot"]).unwrap();
    robot.flowctl(&["flows"]).unwrap_err();
    assert_eq!(turn_in().0, 401, "shut out");
}
