//! What the outside world may demand of the daemon, read off the calls that a function recorded.
//! Nothing here knows what the daemon itself believes.

use std::collections::BTreeSet;

use crate::record::Call;

/// Runs to which access was given, or may have been given, and never taken back with a
/// confirmation that began after the last escalation.
pub fn standing(calls: &[Call]) -> Vec<String> {
    let found = runs(calls).into_iter().filter(|run| {
        let last_given = calls.iter().rposition(|call| is(call, run, "escalate"));
        let confirmed = |call: &Call| is(call, run, "deescalate") && confirms(call);
        match last_given {
            Some(at) => !calls.iter().skip(at + 1).any(confirmed),
            None => false,
        }
    });
    found.map(|run| format!("run {run}: access was given and never taken back")).collect()
}

/// Runs that were escalated more than once: the flow has one approval for one escalation.
pub fn doubled(calls: &[Call]) -> Vec<String> {
    let found = runs(calls).into_iter().filter_map(|run| {
        let times = calls.iter().filter(|call| is(call, &run, "escalate")).count();
        (times > 1).then(|| format!("run {run}: escalated {times} times for one approval"))
    });
    found.collect()
}

/// Approved runs of which the function never heard: a decision was lost.
pub fn lost(calls: &[Call], approved: &[String]) -> Vec<String> {
    let heard = runs(calls);
    let found = approved.iter().filter(|run| !heard.contains(*run));
    found.map(|run| format!("run {run}: approved, and the function never heard of it")).collect()
}

fn runs(calls: &[Call]) -> BTreeSet<String> {
    calls
        .iter()
        .filter(|call| call.kind().is_some())
        .filter_map(Call::run)
        .map(str::to_owned)
        .collect()
}

fn is(call: &Call, run: &str, kind: &str) -> bool {
    call.run() == Some(run) && call.kind() == Some(kind)
}

fn confirms(call: &Call) -> bool {
    call.errors().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `+a` is an escalation of run a, `-a` a confirmed deescalation, `!a` one that was not.
    fn calls(text: &str) -> Vec<Call> {
        let parse = |word: &str| {
            let (sign, run) = word.split_at(1);
            let kind = if sign == "+" { "escalate" } else { "deescalate" };
            let errors = if sign == "!" { json!(["not now"]) } else { json!([]) };
            Call {
                at: 0.0,
                event: json!({ "event": { "type": kind }, "run": { "srn": format!("x:{run}") } }),
                answer: json!({ "body": {}, "errors": errors }),
            }
        };
        text.split_whitespace().map(parse).collect()
    }

    #[test]
    fn planted_faults_are_found() {
        for (record, standing_runs, doubled_runs) in [
            ("+a -a +b !b -b", "", ""),
            ("-a", "", ""),
            ("+a", "a", ""),
            ("+a !a", "a", ""),
            ("-a +a", "a", ""),
            ("+a -a +a", "a", "a"),
            ("+a +a -a +b", "b", "a"),
        ] {
            let calls = calls(record);
            let named = |findings: Vec<String>| {
                let runs = findings.iter().map(|text| text[4..5].to_owned());
                runs.collect::<Vec<_>>().join(" ")
            };
            assert_eq!(named(standing(&calls)), standing_runs, "standing in {record}");
            assert_eq!(named(doubled(&calls)), doubled_runs, "doubled in {record}");
        }
        let approved = ["a".to_owned(), "c".to_owned()];
        assert_eq!(
            lost(&calls("+a -b"), &approved),
            ["run c: approved, and the function never heard of it"]
        );
    }
}
