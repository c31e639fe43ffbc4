//! The tables of `spec.md`, made from the ones that the compiler reads.

use flow_bundle::bundle::{ErrorKind, Overlap};
use flow_bundle::catalog::{self, Reads, StepKind};
use flow_bundle::{duration, function, limits};
use rust_decimal::Decimal;

use super::entry::{self, AttributeEntry, children, kinds};
use super::flowtest;
use super::topic::attributes;
use crate::check::{approval, bounds, expand, hoist, integration, options, strategy};
use crate::place::{self, Use};
use crate::schema::{self, Block, HOOKS, Hook, Kind};

/// A table with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is called between its markers.
    pub name: &'static str,
    /// Itself, in Markdown.
    pub text: String,
}

/// Every table.
#[must_use]
pub fn tables() -> Vec<Table> {
    vec![
        table("blocks", &["block", "attributes", "blocks"], schema::blocks().map(block)),
        table("integrations", &TYPES, kinds_of("integration")),
        table("auth", &TYPES, kinds_of("auth")),
        table("targets", &["type", "attributes", "given by"], targets()),
        table("strategies", &STRATEGY, catalog::STRATEGIES.iter().filter_map(strategy)),
        table("steps", &STEP, catalog::STEPS.iter().map(step)),
        table("hooks", &HOOK, HOOKS.iter().map(hook)),
        table("scopes", &["name", "may be read in"], scopes()),
        table("flowtest", &["block", "attributes", ""], flowtest::rows()),
        table("errors", &["kind", "when", "effect"], errors().into_iter().map(error)),
        table("functions", &["function", "answers"], functions()),
        table("limits", &["of", "at most"], sizes()),
    ]
}

const TYPES: [&str; 3] = ["type", "attributes", "blocks"];
const STRATEGY: [&str; 7] = [
    "type",
    "attributes",
    "through",
    "targets",
    "`steps.escalate.output`",
    "`overlap`",
    "`provider`",
];
const STEP: [&str; 5] = ["kind", "attributes", "through", "reads", "`output`"];
const HOOK: [&str; 6] =
    ["event", "runs", "steps", "decisions", "`fail`", "`on_error`, first what is not written"];

/// Rows between lines, each cell without what would end it.
pub(super) fn table(
    name: &'static str,
    head: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Table {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ").replace("|  |", "| |")));
    }
    Table { name, text }
}

/// `approvers`* R, `quorum` = 1 R
fn listed(attributes: impl Iterator<Item = &'static schema::Attribute>) -> String {
    let entries = attributes.map(AttributeEntry::new).map(|a| {
        let star = if a.required { "\\*" } else { "" };
        let default = a.default.map(|d| format!(" = {d}")).unwrap_or_default();
        let late = if a.is_static { "" } else { " R" };
        format!("`{}`{star}{default}{late}", a.name)
    });
    entries.collect::<Vec<_>>().join(", ")
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn block(block: &'static Block) -> Vec<String> {
    let own = if block.free { "any name".to_owned() } else { String::new() };
    let rest = listed(attributes(block, None));
    let all = [own, rest].into_iter().filter(|part| !part.is_empty());
    let inner = children(block, None).map(|c| match (c.required, c.repeated) {
        (true, _) => format!("`{}`\\*", c.word),
        (_, true) => format!("`{}` …", c.word),
        _ => format!("`{}`", c.word),
    });
    vec![
        format!("`{}`", entry::title(block, None)),
        all.collect::<Vec<_>>().join(", "),
        inner.collect::<Vec<_>>().join(", "),
    ]
}

fn kinds_of(word: &'static str) -> impl Iterator<Item = Vec<String>> {
    schema::block(word).into_iter().flat_map(kinds).map(|kind| {
        vec![format!("`{}`", kind.word), own(kind), words(kind.children.iter().map(|c| c.word))]
    })
}

fn own(kind: &'static Kind) -> String {
    listed(kind.attributes.iter())
}

fn targets() -> impl Iterator<Item = Vec<String>> {
    schema::block("target")
        .into_iter()
        .flat_map(kinds)
        .map(|kind| vec![format!("`{}`", kind.word), own(kind), words(kind.through.into_iter())])
}

fn strategy(ty: &catalog::StrategyType) -> Option<Vec<String>> {
    let kind = schema::kind(schema::Family::Strategy, ty.name)?;
    let overlap = match ty.overlap {
        Overlap::Each => "each",
        Overlap::Share => "share",
    };
    Some(vec![
        format!("`{}`", ty.name),
        own(kind),
        format!("`{}`", ty.integration),
        words(ty.targets.iter().copied()),
        format!("`{}`", ty.output),
        format!("\"{overlap}\""),
        ty.provider.map_or_else(|| "the e-mail address".to_owned(), |p| format!("\"{p}\"")),
    ])
}

fn step(kind: &'static StepKind) -> Vec<String> {
    let row = schema::kind(schema::Family::Step, kind.name);
    let reads = match kind.reads {
        Reads::Always => "yes",
        Reads::Never => "no",
        Reads::Declared => "if it says so",
        Reads::ByMethod => "`GET`, `HEAD`",
    };
    vec![
        format!("`{}`", kind.name),
        row.map(own).unwrap_or_default(),
        words(kind.integration.into_iter()),
        reads.to_owned(),
        format!("`{}`", kind.output),
    ]
}

fn hook(row: &Hook) -> Vec<String> {
    let mut on_error: Vec<&str> = vec![row.otherwise];
    on_error.extend(row.on_error.iter().filter(|word| **word != row.otherwise));
    vec![
        format!("`{}`", row.event.word()),
        row.runs.to_owned(),
        if row.reading { "reading" } else { "any" }.to_owned(),
        words(row.decisions.iter().copied()),
        if row.fail { "yes" } else { "" }.to_owned(),
        words(on_error.into_iter()),
    ]
}

fn scopes() -> impl Iterator<Item = Vec<String>> {
    place::rows().map(|(name, uses)| {
        let shown = match name {
            "env" => "`env`, `flow`, `requester`",
            "request.by" => "`request.by`, `.source`, `.channel`",
            "request.fields" => "`request.fields`, `.target`, `.targets`",
            "request.id" => "`request.id`, `.created_at`, `.context`, `run.id`",
            "on_request" => "`steps` of `on_request`",
            "after_request" => "`steps` of `after_request`",
            "on_approved" => "`steps` of `on_approved` and `on_escalate`",
            "approval" => "`approval.<n>`",
            "run.phase" => "`run.phase`, `.outcome`, `.approved_by`, `.bundle`",
            "now" => "`now()`",
            "sets" => "`everyone`, `members`, `admins`, `guests`, `nobody`",
            other => return vec![format!("`{other}`"), allowed(&uses)],
        };
        vec![shown.to_owned(), allowed(&uses)]
    })
}

/// Where a name may stand; all but a few places are said by the few.
fn allowed(uses: &[(&'static str, Use)]) -> String {
    let of = |wanted: fn(&Use) -> bool| -> Vec<&str> {
        uses.iter().filter(|(_, u)| wanted(u)).map(|(words, _)| *words).collect()
    };
    let (yes, maybe, no) =
        (of(|u| *u == Use::Yes), of(|u| *u == Use::Maybe), of(|u| *u == Use::No));
    let mut text = match (yes.len(), no.len()) {
        (_, 1..5) if maybe.is_empty() => format!("everywhere but {}", no.join(", ")),
        (_, 0) if maybe.is_empty() => "everywhere".to_owned(),
        _ => yes.join(", "),
    };
    if !maybe.is_empty() {
        let between = if text.is_empty() { "" } else { "; " };
        text.push_str(&format!("{between}may be null in {}", maybe.join(", ")));
    }
    text
}

/// Kinds of error, those first that say that nothing was done.
fn errors() -> [ErrorKind; 16] {
    let mut kinds = ErrorKind::ALL;
    kinds.sort_by_key(|kind| !kind.refused());
    kinds
}

fn error(kind: ErrorKind) -> Vec<String> {
    let when = match kind {
        ErrorKind::Throttled => "status 429, or the service's own word for it",
        ErrorKind::Connect => "no connection, before the call was written",
        ErrorKind::RefusedAddress => "the address is not one that may be called",
        ErrorKind::Auth => "status 401 or 403, or the role cannot be assumed",
        ErrorKind::NotFound => "status 404",
        ErrorKind::HttpStatus => "any other status of 300 to 499",
        ErrorKind::Evaluation => "an expression failed before the call",
        ErrorKind::Identity => "no id of the person is known there",
        ErrorKind::Timeout => "no answer in time",
        ErrorKind::Network => "the connection was lost behind the call",
        ErrorKind::ServerError => "a status of 500 and above",
        ErrorKind::BadResponse => "the answer does not have the declared form",
        ErrorKind::TooLarge => "the answer is larger than allowed",
        ErrorKind::FunctionError => "the function raised, exited or ran out of time",
        ErrorKind::Errors => "the function answered with `errors`",
        ErrorKind::Internal => "a fault of the daemon",
    };
    let effect = if kind.refused() { "certainly did not happen" } else { "may have happened" };
    vec![format!("`{}`", kind.word()), when.to_owned(), effect.to_owned()]
}

fn functions() -> impl Iterator<Item = Vec<String>> {
    function::all().map(|f| vec![format!("`{}`", f.signature), f.doc.to_owned()])
}

fn sizes() -> impl Iterator<Item = Vec<String>> {
    let row = |of: &str, most: String| vec![of.to_owned(), most];
    let span = |seconds: u64| duration::print(Decimal::from(seconds));
    let counts = bounds::COUNTS.into_iter().map(move |(block, name, least, most)| {
        row(&format!("`{name}` of `{block}`"), format!("{most}, at least {least}"))
    });
    let rest = vec![
        row("any span of time", span(bounds::LONGEST_S)),
        row("`timeout` of a strategy", span(strategy::TIMEOUT_MAX.0)),
        row("`timeout` of an approval", span(approval::TIMEOUT_MAX.0)),
        row("a break-glass grant", span(limits::BREAK_GLASS_S)),
        row("a quorum", bounds::QUORUM_MAX.to_string()),
        row("a label", format!("{} characters", bounds::LABEL_MAX)),
        row("any other text that people read", format!("{} characters", bounds::TEXT_MAX)),
        row("the label of an option", format!("{} characters", options::LABEL_MAX)),
        row("the value of an option", format!("{} characters", options::VALUE_MAX)),
        row("options of a field", options::CHOICES_MAX.to_string()),
        row("all option steps of a request", span(options::ALL_STEPS.0)),
        row("an `is_member` that was not written as a step", span(hoist::TIMEOUT.0)),
        row("`max_response_bytes`", integration::RESPONSE_MAX.to_string()),
        row("instances of a `for_each`", expand::INSTANCES_MAX.to_string()),
        row("flows of a bundle", limits::FLOWS.to_string()),
        row("steps of one evaluation", limits::EVAL_STEPS.to_string()),
        row("bytes of an expression's result", limits::RESULT_BYTES.to_string()),
        row("elements of `range`", limits::RANGE.to_string()),
        row("bytes of a regular expression", limits::PATTERN_BYTES.to_string()),
    ];
    counts.chain(rest)
}
