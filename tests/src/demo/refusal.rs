//! A request that people approve and the function refuses: the text reaches the error channel,
//! what might have been given is taken back, and the request ends errored.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::cloud::Cloud;
use super::life::{self, House, SOON};
use super::narrate::Say;
use crate::daemon::run_of;
use crate::record;

/// Where the flow's errors go.
const ERROR_CHANNEL: &str = "#access-errors";

/// Watches such a request to its end.
///
/// # Errors
/// When anything else happens.
pub fn watch(house: &House, cloud: &Cloud, say: &mut Say) -> Result<()> {
    let request = life::ask(&house.glados)?;
    house.glados.wait_until(&request, "pending", SOON)?;
    house.ben.approve(&request)?;
    say.line(&format!("glados asks, ben approves → {request}"));
    let ended = house.glados.wait_until(&request, "ended", SOON)?;
    let outcome = ended.get("outcome").and_then(Value::as_str).unwrap_or_default();

    let calls = record::calls(&cloud.record)?;
    let run = run_of(&request);
    let given = record::of_run(&calls, run, "escalate");
    ensure!(given.len() == 1, "{} escalations were recorded", given.len());
    let error = given.first().and_then(|call| call.errors()?.first()?.as_str()).unwrap_or_default();
    ensure!(!error.is_empty(), "the function did not refuse");
    say.proof(&format!("escalate answered with `errors`: “{error}”"));
    house.admin.wait_for_message(Some(ERROR_CHANNEL), &request, error, SOON)?;
    say.proof(&format!("the text stands in {ERROR_CHANNEL}"));
    let taken = record::of_run(&calls, run, "deescalate");
    let confirmed = taken.iter().any(|call| call.errors().is_some_and(Vec::is_empty));
    ensure!(confirmed, "the owed deescalation was not confirmed");
    say.proof("the deescalation that was owed all the same answered `errors: []`");
    ensure!(outcome == "errored", "the request ended {outcome}");
    say.proof("the request ended errored");
    Ok(())
}
