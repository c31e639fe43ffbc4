//! The daemon and its people; a request that is asked for, approved, used up and taken back.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::cloud::Cloud;
use super::narrate::Say;
use super::place::Place;
use crate::daemon::{Daemon, Person, Setup, run_of};
use crate::{process, record};

/// The flow's name, its target, and a duration that can be watched.
const FLOW: &str = "button";
const TARGET: &str = "button";
const DURATION: &str = "8s";
/// How long anything may take that does not wait for the duration.
pub(super) const SOON: Duration = Duration::from_secs(60);

/// The daemon and its people.
#[derive(Debug)]
pub struct House {
    setup: Setup,
    daemon: Daemon,
    /// Runs the system.
    pub admin: Person,
    /// Asks.
    pub ana: Person,
    /// Approves.
    pub ben: Person,
    /// Is refused by the function.
    pub glados: Person,
}

impl House {
    /// Starts the daemon and makes everybody known.
    ///
    /// # Errors
    /// When the daemon does not come up or somebody cannot be made known.
    pub fn open(place: &Place, cloud: &Cloud, say: &mut Say) -> Result<Self> {
        let setup = Setup {
            folder: place.folder().to_owned(),
            bundle: place.bundle(),
            binding: Some(place.binding()),
            aws: Some((cloud.daemon.clone(), cloud.endpoint().to_owned())),
            production: None,
        };
        let token = setup.init("admin@acme.example")?;
        let daemon = setup.serve()?;
        say.line(&format!("flowd at {}, SQLite in {}", daemon.server(), setup.db().display()));
        let admin = daemon.person("admin", &token);
        let ana = admin.introduce("ana@acme.example", None)?;
        let ben = admin.introduce("ben@acme.example", None)?;
        let glados = admin.introduce("robot@acme.example", Some("glados"))?;
        say.line("people: admin, ana, ben, and one whose username is glados");
        Ok(Self { setup, daemon, admin, ana, ben, glados })
    }

    /// One asks, another approves, the function is called once.
    ///
    /// # Errors
    /// When anything else happens.
    pub fn ask_and_approve(&self, cloud: &Cloud, say: &mut Say) -> Result<String> {
        let request = ask(&self.ana)?;
        say.line(&format!(
            "ana: flowctl request {FLOW} --target {TARGET} --duration {DURATION} → {request}"
        ));
        self.ana.wait_until(&request, "pending", SOON)?;
        if self.ana.approve(&request).is_ok() {
            bail!("ana approved her own request");
        }
        say.proof("ana tries to approve it herself: refused");
        self.ben.approve(&request)?;
        say.line("ben: flowctl approve");
        let active = process::until("the access", SOON, || {
            let shown = self.ana.ask(&["show", &request])?;
            let phase = shown.get("phase").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(["active", "deescalating", "ended"].contains(&phase.as_str()).then_some(phase))
        })?;
        ensure!(active == "active", "the access was not given: the request is {active}");
        let calls = record::calls(&cloud.record)?;
        let escalations = record::of_run(&calls, run_of(&request), "escalate");
        ensure!(escalations.len() == 1, "{} escalations were recorded", escalations.len());
        say.proof("the function recorded one escalate, with the granted role");
        let message = self.ana.wait_for_message(None, &request, "may press", SOON)?;
        say.proof(&format!("the Lambda's own words reached ana: “{message}”"));
        Ok(request)
    }

    /// The duration ends; the function is called again and confirms.
    ///
    /// # Errors
    /// When anything else happens.
    pub fn watch_the_end(&self, cloud: &Cloud, request: &str, say: &mut Say) -> Result<()> {
        let ended = self.ana.wait_until(request, "ended", SOON)?;
        let outcome = ended.get("outcome").and_then(Value::as_str).unwrap_or_default();
        ensure!(outcome == "ok", "the request ended {outcome}: {ended:#}");
        let calls = record::calls(&cloud.record)?;
        let run = run_of(request);
        let (given, taken) =
            (record::of_run(&calls, run, "escalate"), record::of_run(&calls, run, "deescalate"));
        let (Some(given), Some(taken)) = (given.first(), taken.first()) else {
            bail!("the function recorded no deescalate");
        };
        ensure!(taken.errors().is_some_and(Vec::is_empty), "not confirmed: {}", taken.answer);
        say.proof(&format!(
            "deescalate confirmed, {:.1} s after the access was given",
            taken.at - given.at
        ));
        let message = self.ana.wait_for_message(None, request, "no longer", SOON)?;
        say.proof(&format!("ana was told: “{message}”"));
        say.proof("the request ended ok");
        Ok(())
    }

    /// The audit trail of the running database verifies; a copy with one byte changed does not.
    ///
    /// # Errors
    /// When anything else happens.
    pub fn verify_audit(&self, place: &Place, request: &str, say: &mut Say) -> Result<()> {
        let trail = self.admin.flowctl(&["audit", "--request", request])?;
        say.line(trail.trim_end());
        let verified = self.setup.verify_audit()?;
        say.proof(&format!("flowd audit verify: {}", verified.trim()));
        let folder = place.folder().join("forged");
        std::fs::create_dir_all(&folder).context("cannot make a folder")?;
        let forged = Setup { folder, ..self.setup.clone() };
        crate::forge::forge_one_record(&self.setup.db(), &forged.db())?;
        match forged.verify_audit() {
            Ok(said) => bail!("a forged record was not found: {said}"),
            Err(error) => {
                let said = format!("{error:#}");
                let last = said.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
                say.proof(&format!("the same, with one byte of one record changed: {last}"));
            }
        }
        Ok(())
    }

    /// Stops the daemon.
    ///
    /// # Errors
    /// When it does not end well.
    pub fn stop(&mut self) -> Result<()> {
        self.daemon.stop()
    }

    /// Prints how to go on with what was kept.
    ///
    /// # Errors
    /// When a token cannot be written.
    pub fn hand_over(&self, cloud: &Cloud, place: &Place) -> Result<()> {
        println!("\nKept: flowd (process {}) at {}", self.daemon.id(), self.daemon.server());
        println!("      the local AWS at {}", cloud.endpoint());
        println!("      files and logs in {}", place.folder().display());
        for person in [&self.admin, &self.ana, &self.ben, &self.glados] {
            let file = place.folder().join(format!("{}.token", person.name));
            person.write_token(&file)?;
            println!("      {}: FLOW_TOKEN_FILE={}", person.name, file.display());
        }
        println!("Ask, for example:  FLOW_SERVER={} flowctl flows", self.daemon.server());
        Ok(())
    }
}

/// Asks for the access and says the request's id.
pub(super) fn ask(who: &Person) -> Result<String> {
    let fields = [("target", TARGET), ("duration", DURATION), ("reason", "the demo")];
    who.request(FLOW, &fields)
}
