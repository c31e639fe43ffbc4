//! `flowctl flows`: what may be asked for, and the form of one flow.

use super::Answer;
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::{Card, Table, or_dash, span};
use crate::wire::{self, Flow, Page};

/// Arguments of `flows`.
#[derive(Debug, clap::Args)]
pub struct Flows {
    /// Show the form of this flow
    name: Option<String>,
}

/// Lists flows, or shows one.
pub fn run(client: &Client, args: &Flows) -> Result<Answer, Fault> {
    if let Some(name) = &args.name {
        let json = client.get(&format!("/v1/flows/{}", segment(name)), &[])?;
        let text = form(&wire::read(&json)?);
        return Ok(Answer { json, text });
    }
    let json = client.get("/v1/flows", &[])?;
    let page: Page<Flow> = wire::read(&json)?;
    let mut table = Table::new(["flow", "label", "state", "description"]);
    for flow in &page.items {
        table.row([
            flow.name.clone(),
            flow.label.clone(),
            state(flow),
            or_dash(flow.description.clone()),
        ]);
    }
    Ok(Answer { json, text: table.to_text("there is no flow that you may ask for") })
}

fn state(flow: &Flow) -> String {
    match (&flow.frozen, flow.enabled) {
        (Some(why), _) => format!("frozen: {why}"),
        (None, false) => "disabled".to_owned(),
        (None, true) => "open".to_owned(),
    }
}

fn form(flow: &Flow) -> String {
    let mut card = Card::default();
    card.line("flow", format!("{}, {}", flow.name, state(flow)));
    card.line("label", &flow.label);
    card.maybe("about", flow.description.clone());
    card.maybe("at most", flow.max_duration_s.map(span));
    let mut table = Table::new(["field", "type", "needed", "one of", "help"]);
    for field in &flow.fields {
        table.row([
            field.name.clone(),
            field.kind.clone(),
            match field.required {
                Some(true) => "yes",
                Some(false) => "no",
                None => "depends",
            }
            .to_owned(),
            or_dash(Some(field.values.join(", "))),
            or_dash(field.help.clone()),
        ]);
    }
    format!("{}\n{}", card.to_text(), table.to_text("the form has no fields"))
}
