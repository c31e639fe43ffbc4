//! `flowctl doctor`: tries everything out, and says what is missing and how to give it.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::client::Client;
use crate::fault::Fault;
use crate::text::one_line;
use crate::wire;

#[derive(Deserialize)]
struct Examined {
    failed: usize,
    items: Vec<Tried>,
}

#[derive(Deserialize)]
struct Tried {
    about: String,
    verdict: String,
    found: String,
    advice: Option<String>,
}

/// Lets the daemon try; exit code 1 where something does not work.
pub fn run(client: &Client) -> Result<Answer, Fault> {
    let json = client.send(Method::POST, "/v1/doctor", &json!({}))?;
    let examined: Examined = wire::read(&json)?;
    let text = screen(&examined);
    if examined.failed > 0 { Err(Fault::Told { text, json }) } else { Ok(Answer { json, text }) }
}

fn screen(examined: &Examined) -> String {
    let mut text = String::new();
    for tried in &examined.items {
        let (about, found) = (one_line(&tried.about), one_line(&tried.found));
        text.push_str(&format!("{:<9}{about}\n         {found}\n", tried.verdict));
        if let Some(advice) = &tried.advice {
            text.push_str(&format!("         -> {}\n", one_line(advice)));
        }
    }
    let all = examined.items.len();
    text.push_str(&match examined.failed {
        0 => format!("{all} tried, everything works\n"),
        1 => format!("{all} tried, 1 does not work\n"),
        failed => format!("{all} tried, {failed} do not work\n"),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_work_says_what_to_do() {
        let examined: Examined = serde_json::from_value(json!({ "failed": 1, "items": [
            { "about": "the daemon", "verdict": "ok", "found": "is ready" },
            { "about": "arn:f", "verdict": "failed", "found": "`r` may not call it: no\nway",
              "advice": "run `terraform apply`" },
        ]}))
        .unwrap();
        assert_eq!(
            screen(&examined),
            "ok       the daemon\n         is ready\n\
             failed   arn:f\n         `r` may not call it: no way\n         -> run `terraform apply`\n\
             2 tried, 1 does not work\n"
        );
    }
}
