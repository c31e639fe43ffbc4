//! What must be said of a flow, beside what the solver says.

use std::fmt;
use std::sync::LazyLock;

use flow_bundle::bundle::{Bundle, Flow, OnTimeout, ProofResult};
use flow_bundle::duration;
use flow_bundle::eval::{Scope, eval};
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use super::dice::{Case, MINIMUM};
use super::house::{House, askers, can_meet, deciders, houses};
use super::plain::{
    Asked, Early, early, extends_alone, holds, latest, passes_alone, requests, wanted,
};
use super::plants::Plant;
use crate::diff::{Way, diff};
use crate::prove::{Claims, Failure, Given, prove};

/// Steps and tries of the Lambda example besides its stages.
const BESIDE_S: u64 = 115;
const FLOW: &str = "aws_lambda";

/// The solver is wrong.
pub(super) struct Fault {
    pub(super) claim: &'static str,
    text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.claim, self.text)
    }
}

/// How often each kind of verdict was met.
#[derive(Debug, Default)]
pub(super) struct Tally {
    proved: [u64; 10],
    failed: [u64; 10],
    other: [u64; 10],
}

impl Tally {
    pub(super) fn assert_met(&self) {
        for claim in [1, 5, 6, 7, 9] {
            assert!(self.proved[claim] > 50 && self.failed[claim] > 50, "P{claim}: {self:?}");
        }
        assert!(self.other[1] > 50 && self.other[6] > 50, "{self:?}");
    }
}

/// A case under the eyes of a solver with this fault.
pub(super) fn case(case: &Case, plant: &Plant, tally: &mut Tally) -> Result<(), Fault> {
    let mut seen = case.bundle.clone();
    (plant.blind)(&mut seen);
    let claims = prove(&seen, FLOW, &Given::default());
    for (claim, judge) in JUDGES {
        let result = claims.proofs.get(claim).map(|p| p.result);
        let at = usize::from(claim.as_bytes()[1] - b'0');
        match result {
            Some(ProofResult::Proved) => tally.proved[at] += 1,
            Some(_) => tally.other[at] += 1,
            None => tally.failed[at] += 1,
        }
        judge(&case.bundle, &claims).map_err(|text| Fault { claim, text })?;
    }
    let mut next = case.next.clone();
    (plant.blind_next)(&case.bundle, &mut next);
    p9(case, &next, tally).map_err(|text| Fault { claim: "P9", text })
}

type Judge = fn(&Bundle, &Claims) -> Result<(), String>;

const JUDGES: [(&str, Judge); 4] = [("P1", p1), ("P5", p5), ("P6", p6), ("P7", p7)];

fn must(holds: bool, why: &str, about: impl fmt::Debug) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{why}: {about:?}")) }
}

fn flow(bundle: &Bundle) -> &Flow {
    &bundle.flows[FLOW]
}

fn failures<'c>(claims: &'c Claims, claim: &str) -> Vec<&'c Failure> {
    claims.failures.iter().filter(|f| f.claim == claim).collect()
}

/// The requests that an example speaks of: there is one, and the fault is in each.
fn each(
    bundle: &Bundle,
    failure: &Failure,
    is_fault: impl Fn(&Scope<'_>) -> bool,
) -> Result<(), String> {
    let all = requests(bundle, flow(bundle));
    let mut meant = all.iter().filter(|asked| asked.has(&failure.counterexample)).peekable();
    must(meant.peek().is_some(), "no request has these values", failure)?;
    let wrong = meant.find(|asked| !is_fault(&asked.scope(bundle)));
    must(wrong.is_none(), "this request has the values and not the fault", (failure, wrong))
}

fn p1(bundle: &Bundle, claims: &Claims) -> Result<(), String> {
    let flow = flow(bundle);
    let all: Vec<Scope<'_>> = requests(bundle, flow).iter().map(|a| a.scope(bundle)).collect();
    let alone = |scope: &Scope<'_>| {
        early(flow, scope) == Early::Asked && flow.approvals.iter().all(|s| passes_alone(s, scope))
    };
    let past_stages = all.iter().any(alone);
    let auto = all.iter().any(|scope| matches!(early(flow, scope), Early::Approved(_)));
    let extends = extends_alone(flow, &all);
    if flow.break_glass.is_some() {
        let proof = claims.proofs.get("P1");
        let said = proof.is_some_and(|p| {
            p.result == ProofResult::Declared && p.why.starts_with("nobody decides: break-glass")
        });
        return must(said, "break-glass, and not said", (proof, &claims.failures));
    }
    match claims.proofs.get("P1").map(|p| p.result) {
        Some(ProofResult::Proved) => must(!past_stages && !auto && !extends, "proved", past_stages),
        Some(ProofResult::Declared) => {
            must(flow.auto && !past_stages && (auto || extends), "declared", past_stages)
        }
        Some(other) => Err(format!("{other:?}")),
        None => {
            let found = failures(claims, "P1");
            must(!found.is_empty(), "neither proved nor failed", ())?;
            must(past_stages || auto || extends, "failed for no reason", &found)?;
            found.into_iter().try_for_each(|failure| p1_failure(bundle, failure, &alone))
        }
    }
}

fn p1_failure(
    bundle: &Bundle,
    failure: &Failure,
    alone: &dyn Fn(&Scope<'_>) -> bool,
) -> Result<(), String> {
    let flow = flow(bundle);
    let decision = || failure.path.rsplit('.').next().and_then(|i| i.parse::<usize>().ok());
    match failure.code {
        // Of the requests with these values some may be refused, and nothing is granted there.
        "A508" | "A509" | "A514" if failure.path.ends_with("extend.approval") => {
            let name = &flow.grant.as_ref().unwrap().extend.as_ref().unwrap().approval;
            let stage = flow.approvals.iter().find(|s| s.name == *name).unwrap();
            each(bundle, failure, |scope| passes_alone(stage, scope))
        }
        "A508" => each(bundle, failure, |scope| {
            alone(scope) && flow.approvals.iter().all(|s| !holds(&s.when, scope))
        }),
        "A509" | "A514" => each(bundle, failure, alone),
        "H306" => match decision() {
            Some(at) => each(bundle, failure, |scope| early(flow, scope) == Early::Approved(at)),
            None => must(!flow.auto, "it is declared", failure),
        },
        "H308" => {
            let at = decision().unwrap();
            let body = flow.hooks.values().next().unwrap();
            let flow_bundle::bundle::Statement::Decision(decision) = &body[at] else {
                return Err("no decision stands there".to_owned());
            };
            each(bundle, failure, |scope| holds(&decision.when, scope))
        }
        _ => Err(format!("unknown {failure:?}")),
    }
}

fn p5(bundle: &Bundle, claims: &Claims) -> Result<(), String> {
    let flow = flow(bundle);
    let bad_timeout =
        |s: &flow_bundle::bundle::Approval| s.timeout_s.0 == 0 || s.timeout_s.0 > 2_592_000;
    let stuck = latest(flow).is_none();
    let found = failures(claims, "P5");
    let has = |code: &str| found.iter().any(|f| f.code == code);
    must(has("R111") == stuck, "a stage that never opens", (&found, stuck))?;
    must(has("A520") == flow.approvals.iter().any(bad_timeout), "a bad timeout", &found)?;
    let (Some(proof), Some(latest)) = (claims.proofs.get("P5"), latest(flow)) else {
        return Ok(());
    };
    let bound = duration::print(Decimal::from(latest + BESIDE_S));
    let extend = flow.grant.as_ref().unwrap().extend.as_ref();
    let grant = extend.map_or(3600, |e| e.max_total_s.0.max(3600));
    let grant = duration::print(Decimal::from(grant));
    must(proof.why == format!("at most {bound} + grant {grant}"), &bound, &proof.why)
}

/// A handful of houses: the emptiest, the fullest, and some between.
fn some(all: &'static [House], at: usize) -> impl Iterator<Item = &'static House> {
    let step = (all.len() / 4).max(1);
    all.iter().skip(at % step).step_by(step).chain(all.first()).chain(all.last())
}

static PROMISED: LazyLock<Vec<House>> = LazyLock::new(|| houses(Some(MINIMUM)));
static ANY: LazyLock<Vec<House>> = LazyLock::new(|| houses(None));

fn p6(bundle: &Bundle, claims: &Claims) -> Result<(), String> {
    let flow = flow(bundle);
    let all = requests(bundle, flow);
    match claims.proofs.get("P6").map(|p| p.result) {
        Some(ProofResult::Proved) => {
            let spread = (all.len() / 4).max(1);
            for (i, asked) in all.iter().enumerate().step_by(spread) {
                let scope = asked.scope(bundle);
                for stage in flow.approvals.iter().filter(|s| holds(&s.when, &scope)) {
                    for house in some(&PROMISED, i + all.len()) {
                        let short = askers(house, bundle, &scope)
                            .into_iter()
                            .find(|asks| !can_meet(house, bundle, stage, &scope, *asks));
                        let about = (&stage.name, house, short, asked);
                        must(short.is_none(), "proved, and cannot be met", about)?;
                    }
                }
            }
            Ok(())
        }
        Some(_) => Ok(()),
        None => failures(claims, "P6").into_iter().try_for_each(|f| p6_failure(bundle, f, &all)),
    }
}

fn p6_failure(bundle: &Bundle, failure: &Failure, all: &[Asked]) -> Result<(), String> {
    let flow = flow(bundle);
    let meant: Vec<&Asked> = all.iter().filter(|a| a.has(&failure.counterexample)).collect();
    must(!meant.is_empty(), "no request has these values", failure)?;
    let named = failure.path.split('.').nth(3);
    let stages = flow
        .approvals
        .iter()
        .filter(|s| failure.path.contains("permissions") || named == Some(s.name.as_str()));
    for stage in stages {
        for (i, asked) in meant.iter().enumerate().take(4) {
            let scope = asked.scope(bundle);
            let needed = holds(&stage.when, &scope);
            must(needed || failure.path.contains("permissions"), "it is not needed", failure)?;
            // What asks nobody is told by P1.
            if stage.rules.iter().any(|r| wanted(&r.quorum, &scope) == 0) {
                continue;
            }
            for house in some(&ANY, i + all.len()) {
                let met = askers(house, bundle, &scope)
                    .into_iter()
                    .find(|asks| can_meet(house, bundle, stage, &scope, *asks));
                must(met.is_none(), "it can be met", (failure, house, met, asked))?;
            }
        }
    }
    Ok(())
}

fn p7(bundle: &Bundle, claims: &Claims) -> Result<(), String> {
    let flow = flow(bundle);
    let wanted = flow.grant.as_ref().unwrap().duration.as_ref().unwrap();
    let length = |scope: &Scope<'_>| match eval(wanted, scope).unwrap() {
        Value::Duration(d) => d,
        other => panic!("{other:?}"),
    };
    let most = Decimal::from(3600);
    let all = requests(bundle, flow);
    let longest = all.iter().map(|a| length(&a.scope(bundle))).max().unwrap();
    match claims.proofs.get("P7") {
        Some(proof) => {
            must(proof.result == ProofResult::Proved && longest <= most, "not longer", proof)?;
            let bound = proof.why.strip_prefix("at most ").and_then(duration::parse).unwrap();
            must(bound >= longest, "the bound is too low", (proof, longest))
        }
        None => failures(claims, "P7")
            .into_iter()
            .try_for_each(|f| each(bundle, f, |scope| length(scope) > most)),
    }
}

fn p9(case: &Case, next: &Bundle, tally: &mut Tally) -> Result<(), String> {
    let found = diff(&case.bundle, next);
    let said = found.is_weaker();
    let is = weaker(&case.bundle, &case.next);
    match said {
        true => tally.failed[9] += 1,
        false => tally.proved[9] += 1,
    }
    must(said || is.is_none(), "not told as weaker", (&is, &found))?;
    let sets = |bundle: &Bundle| {
        let flow = flow(bundle);
        let sets = flow.approvals.iter().map(|s| {
            (s.name.clone(), s.rules.iter().map(|r| r.approvers.clone()).collect::<Vec<_>>())
        });
        let sets: std::collections::BTreeMap<_, _> = sets.collect();
        (sets, flow.permissions.decide.clone())
    };
    // Who decides is compared with more people than any house here has.
    let ((before, decide), (after, decides)) = (sets(&case.bundle), sets(&case.next));
    let alike = decide == decides && after.iter().all(|(name, set)| before.get(name) == Some(set));
    must(!alike || !said || is.is_some(), "told as weaker, and is not", &found)?;
    for change in found.flows.iter().flat_map(|f| &f.changes).filter(|c| c.way == Way::Weaker) {
        let known = requests(&case.next, flow(&case.next)).iter().any(|a| a.has(&change.example));
        must(known, "no request has these values", change)?;
    }
    Ok(())
}

/// A way to make a grant longer that there was not.
fn longer(before: &Flow, after: &Flow) -> Option<String> {
    let of = |flow: &Flow| flow.grant.as_ref().unwrap().extend.clone();
    let now = of(after)?;
    let Some(then) = of(before) else { return Some("extend".to_owned()) };
    // Fewer people approve it: every stage, one stage, nobody.
    let asked = |approval: &str| match approval {
        "none" => 0,
        "same" => 2,
        _ => 1,
    };
    let is_longer = now.max_times.0 > then.max_times.0 || now.max_total_s.0 > then.max_total_s.0;
    let is_easier = asked(&now.approval) < asked(&then.approval);
    (is_longer || is_easier).then(|| format!("extend {now:?}"))
}

/// Something that the new version allows and the old one refuses.
fn weaker(old: &Bundle, new: &Bundle) -> Option<String> {
    let (before, after) = (flow(old), flow(new));
    for stage in &after.approvals {
        let then = before.approvals.iter().find(|s| s.name == stage.name);
        if then.is_some_and(|then| stage.allow_self && !then.allow_self) {
            return Some(format!("{} by oneself", stage.name));
        }
    }
    if let Some(how) = longer(before, after) {
        return Some(how);
    }
    let all = requests(new, after);
    let alike = |a: &flow_bundle::bundle::Rule, b: &flow_bundle::bundle::Rule| {
        a.approvers == b.approvers && before.permissions.decide == after.permissions.decide
    };
    let spread = (all.len() / 6).max(1);
    for (i, asked) in all.iter().enumerate() {
        let (then, now) = (asked.scope(old), asked.scope(new));
        let (was, is) = (early(before, &then), early(after, &now));
        match (was, is) {
            (Early::Approved(_) | Early::Glass, _) | (_, Early::Refused) => continue,
            (Early::Refused | Early::Asked, Early::Approved(_) | Early::Glass) => {
                return Some("auto".to_owned());
            }
            (Early::Refused, Early::Asked) => return Some("not refused".to_owned()),
            (Early::Asked, Early::Asked) => {}
        }
        for stage in before.approvals.iter().filter(|s| holds(&s.when, &then)) {
            let same = after.approvals.iter().find(|s| s.name == stage.name);
            let Some(same) = same.filter(|s| holds(&s.when, &now)) else {
                return Some(format!("{} not needed: {asked:?}", stage.name));
            };
            for (a, b) in stage.rules.iter().zip(&same.rules) {
                if wanted(&b.quorum, &now) < wanted(&a.quorum, &then) {
                    return Some(format!("quorum of {}: {asked:?}", stage.name));
                }
                if alike(a, b) || i % spread != 0 {
                    continue;
                }
                for house in some(&ANY, i) {
                    for asks in askers(house, new, &now) {
                        let more = deciders(house, new, same, &b.approvers, &now, asks);
                        let less = deciders(house, old, stage, &a.approvers, &then, asks);
                        if more.iter().zip(less).any(|(more, less)| *more && !less) {
                            return Some(format!("people of {}: {asked:?} {house:?}", stage.name));
                        }
                    }
                }
            }
            if same.on_timeout == OnTimeout::Skip && stage.on_timeout != OnTimeout::Skip {
                return Some(format!("{} skipped", stage.name));
            }
        }
    }
    None
}
