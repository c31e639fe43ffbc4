//! `flowctl request FLOW --dry-run`: what would happen, as a list of moments.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value as Json;

use super::Answer;
use crate::client::Client;
use crate::fault::Fault;
use crate::text::{one_line, span};
use crate::wire;

#[derive(Deserialize)]
struct Run {
    way: Vec<Moment>,
    end: End,
}

#[derive(Deserialize)]
struct Moment {
    after_s: u64,
    text: String,
    place: Option<Place>,
}

#[derive(Deserialize)]
struct Place {
    file: String,
    start: u32,
}

#[derive(Deserialize)]
struct End {
    end: String,
    outcome: Option<String>,
    sentence: Option<String>,
    call: Option<String>,
    example: Option<Json>,
}

/// Asks what would happen.
pub fn run(client: &Client, body: &Json) -> Result<Answer, Fault> {
    let json = client.send(Method::POST, "/v1/requests?dry_run=true", body)?;
    let text = screen(&wire::read(&json)?);
    Ok(Answer { json, text })
}

fn screen(run: &Run) -> String {
    let mut text = "What would happen. Nothing of it was done.\n\n".to_owned();
    for moment in &run.way {
        let place = moment.place.as_ref();
        let place = place.map(|p| format!("   [{}, byte {}]", p.file, p.start)).unwrap_or_default();
        let after = format!("+{}", span(moment.after_s));
        text.push_str(&format!("  {after:<8} {}{place}\n", one_line(&moment.text)));
    }
    text.push('\n');
    text.push_str(&last(&run.end));
    text
}

fn last(end: &End) -> String {
    match end.end.as_str() {
        "refused" => {
            let why = end.sentence.as_deref().unwrap_or("no reason is given");
            format!("It would be refused: {why}\n")
        }
        "ended" => {
            let outcome = end.outcome.as_deref().unwrap_or_default();
            format!("It would end, {outcome}.\n")
        }
        "stands" => "Access would stand until somebody ends it.\n".to_owned(),
        "needs_answer" => {
            let call = end.call.as_deref().unwrap_or_default();
            let example = end.example.clone().unwrap_or_default();
            format!(
                "What follows depends on what `{call}` is answered. Say it, for example\n  --answer '{call}={example}'\n"
            )
        }
        _ => "It would go on without an end: nobody is there to end it.\n".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_and_where_it_ends() {
        let way = json!([
            { "after_s": 0, "what": "asked", "text": "ana asks for Button",
                "place": { "file": "main.flow.hcl", "start": 12, "end": 20 } },
            { "after_s": 3600, "what": "access", "text": "access has ended" },
        ]);
        let said = |end: Json| {
            let run = json!({ "way": way, "end": end });
            screen(&serde_json::from_value(run).unwrap())
        };
        assert_eq!(
            said(json!({ "end": "ended", "outcome": "ok" })),
            "What would happen. Nothing of it was done.\n\n\
             \x20 +0s      ana asks for Button   [main.flow.hcl, byte 12]\n\
             \x20 +1h      access has ended\n\n\
             It would end, ok.\n"
        );
        for (end, expected) in [
            (json!({ "end": "refused", "sentence": "you may not" }), "refused: you may not\n"),
            (json!({ "end": "stands" }), "until somebody ends it.\n"),
            (
                json!({ "end": "needs_answer", "call": "check", "example": { "ok": true } }),
                "--answer 'check={\"ok\":true}'\n",
            ),
            (json!({ "end": "goes_on" }), "nobody is there to end it.\n"),
        ] {
            assert!(said(end.clone()).ends_with(expected), "{end}");
        }
    }
}
