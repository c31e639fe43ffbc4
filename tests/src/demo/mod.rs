//! `cargo demo`: one request from ask to take-back, with real parts at every joint.
//!
//! Every step does one thing, says what it saw, and fails when it did not see it: the demo is a
//! test that talks.
//!
//! # Layout
//!
//! | module | steps |
//! | --- | --- |
//! | [`narrate`] | how a step is told, and the summary |
//! | [`place`] | where the files of a run lie; what is kept and what is removed |
//! | [`cloud`] | a local AWS, its users and functions; who may call what |
//! | [`apply`] | flow to bundle, bundle to IAM |
//! | [`life`] | the daemon, and a request that goes well |
//! | [`refusal`] | a request that the function refuses |

mod apply;
mod cloud;
mod life;
mod narrate;
mod place;
mod refusal;

use anyhow::Result;

use crate::bins;
use narrate::Narrator;
use place::Place;

/// Runs the demo. With `keep`, everything is left running and the addresses are printed.
///
/// # Errors
/// At the first step that did not see what it should: with the step, what happened, and where
/// the logs are.
pub fn run(keep: bool) -> Result<()> {
    let mut told = Narrator::new();
    let place = Place::new()?;
    match steps(&mut told, &place, keep) {
        Ok(Some((house, cloud))) => {
            told.sum_up();
            house.hand_over(&cloud, &place)?;
            // Kept: neither is stopped.
            std::mem::forget((house, cloud));
            Ok(())
        }
        Ok(None) => {
            told.sum_up();
            place.remove()
        }
        Err(error) => Err(error.context(format!(
            "step {} failed; its files and logs are in {}",
            told.current(),
            place.folder().display()
        ))),
    }
}

/// What is kept running, if anything is.
type Kept = Option<(life::House, cloud::Cloud)>;

fn steps(told: &mut Narrator, place: &Place, keep: bool) -> Result<Kept> {
    told.step("Build flowc, flowd, flowctl and the Terraform provider", |say| {
        let flowc = bins::path("flowc")?;
        say.line(&format!("built in {}", flowc.parent().unwrap_or(&flowc).display()));
        Ok(())
    })?;
    let mut cloud =
        told.step("Start a local AWS that enforces IAM", |say| cloud::Cloud::start(place, say))?;
    told.step("Check the flow and build its bundle", |say| apply::build(place, &cloud, say))?;
    told.step("Before `terraform apply`: AWS refuses the daemon", |say| {
        cloud.expect_no_access(say)
    })?;
    let binding = told.step("terraform apply: the bundle's reach becomes IAM grants", |say| {
        apply::apply(place, &cloud, say)
    })?;
    told.step("After: exactly the bundle's function, with the role and the external id", |say| {
        cloud.expect_exact_access(&binding, say)
    })?;
    let mut house = told.step("Start the daemon; make people and tokens", |say| {
        life::House::open(place, &cloud, say)
    })?;
    let request = told.step("Ana asks, Ben approves, the Lambda gives the access", |say| {
        house.ask_and_approve(&cloud, say)
    })?;
    told.step("The time is up: the access is taken back and confirmed", |say| {
        house.watch_the_end(&cloud, &request, say)
    })?;
    told.step("The Lambda refuses a person: nothing is left behind", |say| {
        refusal::watch(&house, &cloud, say)
    })?;
    told.step("The audit trail is whole, and one changed byte is found", |say| {
        house.verify_audit(place, &request, say)
    })?;
    if keep {
        return Ok(Some((house, cloud)));
    }
    told.step("Stop everything and remove it", |say| {
        house.stop()?;
        apply::destroy(place, &cloud)?;
        cloud.stop()?;
        say.line("the IAM grants are destroyed, the daemon and the local AWS have ended");
        Ok(None)
    })
}
