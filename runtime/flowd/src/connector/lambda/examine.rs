//! Whether every function can be called: as a request would call it, with the role of the binding
//! and a session for that function alone, but by `DryRun`, so that nothing runs.
//!
//! AWS checks the caller's permission and the parameters then. It shows a change of policies at
//! different times on different hosts, so a pass says that a grant is there, not that every host
//! has heard of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use flow_aws::Failure;
use flow_aws::lambda::{Invoke, InvokeError, InvokeErrorKind, Lambda, Mode};
use flow_aws::sts::Sts;
use flow_bundle::bundle::ErrorKind;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{ANSWER_MAX, BIND, Lambdas, TRUST, become_role, kind_of};
use crate::connector::tried::Tried;

/// What CloudTrail shows as the session's name.
const SESSION_NAME: &str = "flow-doctor";
/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How many uses of a function are named.
const USES_SHOWN: usize = 3;
/// What to do where AWS gives no reason.
const AGAIN: &str = "try again; then look at AWS's own status";
/// How many functions are tried at once.
const AT_ONCE: usize = 8;

/// Tries every function that a bundle may call, and tells which of the binding nobody calls.
pub(super) async fn examine(lambdas: Arc<Lambdas>) -> Vec<Tried> {
    let wanted = wanted(&lambdas);
    let mut all = unused(&lambdas, &wanted);
    let Some(first) = wanted.keys().next() else {
        all.push(Tried::ok("AWS Lambda", "no flow calls a function"));
        return all;
    };
    let untried = format!("{} were not tried", counted(wanted.len()));
    let (sts, lambda) = match lambdas.clients(first).await {
        Ok((sts, lambda)) => (sts.clone(), lambda.clone()),
        Err(failure) => {
            let found = format!("AWS cannot be used ({}); {untried}", failure.message);
            all.push(Tried::failed("AWS", found, "set the region and the endpoints of the daemon"));
            return all;
        }
    };
    match tokio::time::timeout(ANSWER, sts.caller_identity()).await {
        Ok(Ok(identity)) => all.push(Tried::ok("AWS", format!("calls as {}", identity.arn))),
        Ok(Err(failure)) => {
            all.push(nobody(&failure, &untried));
            return all;
        }
        Err(_) => {
            let found = format!("STS did not answer within {} s; {untried}", ANSWER.as_secs());
            let advice = "let the daemon's host reach `sts` of its region over HTTPS";
            all.push(Tried::failed("AWS", found, advice));
            return all;
        }
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (arn, uses) in wanted {
        let (lambdas, places) = (Arc::clone(&lambdas), Arc::clone(&places));
        let (sts, lambda) = (sts.clone(), lambda.clone());
        running.spawn(async move {
            let _place = places.acquire().await;
            one(&lambdas, (&sts, &lambda), arn, uses).await
        });
    }
    let mut functions = running.join_all().await;
    functions.sort_by(|a, b| a.about.cmp(&b.about));
    all.extend(functions);
    all
}

/// Functions that a bundle in memory may call, each with what calls it: of the newest bundle, and of
/// older ones that open requests keep, whose ends are called too.
fn wanted(lambdas: &Lambdas) -> BTreeMap<String, BTreeSet<String>> {
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in lambdas.app.shelf.all() {
        for function in &entry.bundle().reach.aws_lambda {
            let uses = wanted.entry(function.arn.clone()).or_default();
            uses.extend(function.uses.iter().cloned());
        }
    }
    wanted
}

/// Functions that the binding's roles may call and no bundle does: more is granted than is used.
fn unused(lambdas: &Lambdas, wanted: &BTreeMap<String, BTreeSet<String>>) -> Vec<Tried> {
    let binding = lambdas.app.binding.read().unwrap_or_else(PoisonError::into_inner);
    let roles = binding.iter().flat_map(|binding| &binding.roles);
    let granted = roles.flat_map(|role| role.function_arns.iter().map(move |arn| (role, arn)));
    let unused = granted.filter(|(_, arn)| !wanted.contains_key(*arn));
    let told = |(role, arn): (&crate::binding::Role, &String)| {
        let found = format!("`{}` may call it, and no flow does", role.role_arn);
        let advice = "run `terraform apply` with the bundle that is served, and give its output `binding` to the daemon";
        Tried::warning(arn, found, advice)
    };
    unused.map(told).collect()
}

fn nobody(failure: &Failure, untried: &str) -> Tried {
    let found = format!("the daemon has no identity in AWS ({}); {untried}", failure.message);
    let advice = "give it credentials: an instance or task role, a web identity, or AWS_PROFILE";
    Tried::failed("AWS", found, advice)
}

/// Tries one function.
async fn one(
    lambdas: &Lambdas,
    (sts, lambda): (&Sts, &Lambda),
    arn: String,
    uses: BTreeSet<String>,
) -> Tried {
    let uses = first_of(&uses);
    let Some((role_arn, external_id)) = lambdas.role(&arn) else {
        return Tried::failed(arn, format!("the binding has no role for it ({uses})"), BIND);
    };
    // Keys of an earlier time would hide what has changed since.
    let key = (role_arn, arn.clone(), SESSION_NAME.to_owned());
    let session = become_role(sts, &key, &external_id);
    let credentials = match tokio::time::timeout(ANSWER, session).await {
        Ok(Ok(credentials)) => credentials,
        Ok(Err(failure)) => return not_become(arn, &uses, &key.0, &failure),
        Err(_) => {
            let found = format!("STS gave no session within {} s ({uses})", ANSWER.as_secs());
            let advice = "let the daemon's host reach `sts` of its region over HTTPS";
            return Tried::failed(arn, found, advice);
        }
    };
    let invoked = lambda
        .invoke(Invoke {
            credentials: &credentials,
            function_arn: &arn,
            payload: b"{}".to_vec(),
            mode: Mode::DryRun,
            timeout: ANSWER,
            response_max: ANSWER_MAX,
        })
        .await;
    match invoked {
        Ok(_) => Tried::ok(arn, format!("can be called ({uses})")),
        Err(error) => refused(lambdas, arn, &uses, &error),
    }
}

/// There is no session.
fn not_become(arn: String, uses: &str, role_arn: &str, failure: &Failure) -> Tried {
    let advice = if kind_of(failure.kind) == ErrorKind::Auth { TRUST } else { AGAIN };
    let found = format!("cannot become `{role_arn}` ({}) ({uses})", failure.message);
    Tried::failed(arn, found, advice)
}

fn refused(lambdas: &Lambdas, arn: String, uses: &str, error: &InvokeError) -> Tried {
    let said = lambdas.app.secrets.redact(&error.message);
    let role = lambdas.role(&arn).map(|(role, _)| role).unwrap_or_default();
    let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
    let (found, advice) = match error.kind {
        InvokeErrorKind::Auth => (
            format!("`{role}` may not call it: {said}"),
            format!(
                "run `terraform apply` for its `flow_invoke_grant`; if that changes nothing, allow `lambda:InvokeFunction` on exactly this ARN in the permissions boundary of the role, in the service control policies of both accounts and, where the function is another account's, in the function's own policy for `{role}`"
            ),
        ),
        InvokeErrorKind::NotFound => (
            format!("there is no such function, version or alias: {said}"),
            "deploy it, or mend `function` of the target or step that names it".to_owned(),
        ),
        InvokeErrorKind::Throttled { .. } => {
            let advice = "its concurrency is used up: raise it, or its calls will wait";
            let found = format!("it is called too often just now: {said} ({uses})");
            return Tried::warning(arn, found, advice);
        }
        InvokeErrorKind::Connect | InvokeErrorKind::Timeout | InvokeErrorKind::Network => (
            format!("Lambda did not answer: {said}"),
            format!("let the daemon's host reach `lambda` of {region} over HTTPS"),
        ),
        InvokeErrorKind::HttpStatus(_)
        | InvokeErrorKind::ServerError
        | InvokeErrorKind::TooLarge
        | InvokeErrorKind::Internal => (format!("Lambda would not say: {said}"), AGAIN.to_owned()),
    };
    Tried::failed(arn, format!("{found} ({uses})"), advice)
}

/// What calls a function, as far as it is worth reading.
fn first_of(uses: &BTreeSet<String>) -> String {
    let mut shown: Vec<&str> = uses.iter().take(USES_SHOWN).map(String::as_str).collect();
    let more = uses.len().saturating_sub(USES_SHOWN);
    let rest = format!("{more} more");
    if more > 0 {
        shown.push(&rest);
    }
    shown.join(", ")
}

fn counted(functions: usize) -> String {
    if functions == 1 { "1 function".to_owned() } else { format!("{functions} functions") }
}
