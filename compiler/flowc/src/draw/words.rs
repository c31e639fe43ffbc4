//! Expressions in the words of somebody who asks or approves.
//!
//! What has no good words is told as the author wrote it.

use flow_bundle::bundle::{Bundle, Flow, Notify};
use flow_bundle::duration;
use flow_bundle::expr::{BinaryOp, Expr, SetName, UnaryOp};
use flow_bundle::number::Seconds;
use flow_proof::show::show;
use rust_decimal::Decimal;

/// Longer words than this are cut: a drawing is no listing.
const CHARACTERS_MAX: usize = 140;
/// More members of a group than this are counted.
const MEMBERS_MAX: usize = 4;

/// The words for one flow of a bundle.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub bundle: &'a Bundle,
    pub flow: &'a Flow,
}

impl Words<'_> {
    /// Who is meant: a set of people, a person, a channel.
    pub fn people(&self, expr: &Expr) -> String {
        cut(&self.people_of(expr))
    }

    fn people_of(&self, expr: &Expr) -> String {
        match expr {
            Expr::Null => "nobody".to_owned(),
            Expr::Set(SetName::Members | SetName::Everyone) => "every member".to_owned(),
            Expr::Set(SetName::Admins) => "every admin".to_owned(),
            Expr::Set(SetName::Guests) => "every guest".to_owned(),
            Expr::Set(SetName::Nobody) => "nobody".to_owned(),
            Expr::Ref(address) => self.group(address),
            Expr::List(items) => self.all(items, ", "),
            Expr::If(condition, a, b) => format!(
                "{} if {}, else {}",
                self.people_of(a),
                self.condition_of(condition),
                self.people_of(b)
            ),
            Expr::Call(id, args) => {
                let args = args.as_slice();
                match (id.split('@').next().unwrap_or_default(), args) {
                    ("user" | "channel", [Expr::String(name)]) => name.clone(),
                    ("union" | "group_of", args) => self.all(args, " or "),
                    ("coalesce", args) => self.all(args, ", else "),
                    ("intersect", [a, b]) => {
                        format!("{} who are also {}", self.people_of(a), self.people_of(b))
                    }
                    ("except", [a, b]) => {
                        format!("{} except {}", self.people_of(a), self.people_of(b))
                    }
                    _ => self.value(expr),
                }
            }
            Expr::Try(a, b) => format!("{}, else {}", self.people_of(a), self.people_of(b)),
            Expr::Get(path) => self.person(path),
            other => self.value(other),
        }
    }

    fn all(&self, items: &[Expr], between: &str) -> String {
        let items: Vec<String> = items.iter().map(|item| self.people_of(item)).collect();
        items.join(between)
    }

    fn group(&self, address: &str) -> String {
        let name = address.strip_prefix("group.").unwrap_or(address);
        let Some(group) = self.bundle.groups.get(name) else { return readable(name) };
        match (&group.members, &group.from) {
            (Some(members), _) if members.is_empty() => "nobody".to_owned(),
            (Some(members), _) if members.len() <= MEMBERS_MAX => {
                format!("{} ({})", readable(name), members.join(", "))
            }
            (Some(members), _) => format!("{} ({} people)", readable(name), members.len()),
            (None, Some(from)) => format!("{} ({} group)", readable(name), vendor(from)),
            (None, None) => readable(name),
        }
    }

    fn person(&self, path: &[String]) -> String {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["requester"] => "the requester".to_owned(),
            ["requester", "manager"] => "the requester's manager".to_owned(),
            ["approvers"] => "those who may decide".to_owned(),
            ["run", "approved_by"] => "everybody who approved".to_owned(),
            ["approval", stage, "approved_by"] => format!("who approved “{}”", readable(stage)),
            ["event", "actor"] => "who acted".to_owned(),
            ["env", "error_channel"] => self.error_channel(),
            _ => self.value(&Expr::Get(path.into_iter().map(str::to_owned).collect())),
        }
    }

    /// Where errors go.
    pub fn error_channel(&self) -> String {
        let environment =
            self.flow.environment.as_ref().and_then(|name| self.bundle.environments.get(name));
        match environment.and_then(|found| found.error_channel.as_ref()) {
            Some(Expr::Get(_)) | None => "the admins".to_owned(),
            Some(channel) => self.people_of(channel),
        }
    }

    /// What is asked.
    pub fn condition(&self, expr: &Expr) -> String {
        cut(&self.condition_of(expr))
    }

    fn condition_of(&self, expr: &Expr) -> String {
        match expr {
            Expr::Bool(true) => "always".to_owned(),
            Expr::Bool(false) => "never".to_owned(),
            Expr::Get(path) => match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
            {
                ["steps", "escalate", "ok"] => "the access was given".to_owned(),
                ["steps", name, "ok"] => format!("“{}” answered", readable(name)),
                ["steps", name, "skipped"] => format!("“{}” was skipped", readable(name)),
                _ => format!("{} is yes", self.value(expr)),
            },
            Expr::Attr(..) => format!("{} is yes", self.value(expr)),
            Expr::Unary(UnaryOp::Not, a) => match &**a {
                Expr::Get(path) if path.last().is_some_and(|last| last == "ok") => {
                    match path.get(1).map(String::as_str) {
                        Some("escalate") => "the access could not be given".to_owned(),
                        name => format!("“{}” failed", readable(name.unwrap_or_default())),
                    }
                }
                Expr::Get(_) | Expr::Attr(..) => format!("{} is no", self.value(a)),
                other => format!("not ({})", self.condition_of(other)),
            },
            Expr::Binary(op, a, b) => self.binary(*op, a, b),
            Expr::If(condition, a, b) => format!(
                "{} if {}, else {}",
                self.condition_of(a),
                self.condition_of(condition),
                self.condition_of(b)
            ),
            Expr::Call(id, args) => match (id.as_str(), args.as_slice()) {
                ("contains@1", [list, item]) => {
                    format!("{} is one of {}", self.value(item), self.value(list))
                }
                ("is_member@1", [who, group]) => {
                    format!("{} is in {}", self.people_of(who), self.people_of(group))
                }
                _ => self.value(expr),
            },
            other => self.value(other),
        }
    }

    fn binary(&self, op: BinaryOp, a: &Expr, b: &Expr) -> String {
        let joined = |word: &str| {
            let side = |side: &Expr| match side {
                Expr::Binary(BinaryOp::And | BinaryOp::Or, ..) if !matches!(side, Expr::Binary(below, ..) if *below == op) =>
                {
                    format!("({})", self.condition_of(side))
                }
                _ => self.condition_of(side),
            };
            format!("{} {word} {}", side(a), side(b))
        };
        let compared = |word: &str| format!("{} {word} {}", self.value(a), self.value(b));
        match op {
            BinaryOp::And => joined("and"),
            BinaryOp::Or => joined("or"),
            BinaryOp::Equal => match b {
                Expr::Null => format!("{} is not known", self.value(a)),
                _ => compared("is"),
            },
            BinaryOp::NotEqual => match b {
                Expr::Null => format!("{} is known", self.value(a)),
                _ => compared("is not"),
            },
            BinaryOp::Less => compared("is below"),
            BinaryOp::LessOrEqual => compared("is at most"),
            BinaryOp::Greater => compared("is above"),
            BinaryOp::GreaterOrEqual => compared("is at least"),
            _ => compared(op.text()),
        }
    }

    /// A value.
    pub fn value(&self, expr: &Expr) -> String {
        match expr {
            Expr::Duration(seconds) => span(*seconds),
            Expr::String(text) => format!("“{text}”"),
            Expr::List(items) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item)).collect();
                items.join(", ")
            }
            Expr::If(condition, a, b) => format!(
                "{} if {}, else {}",
                self.value(a),
                self.condition_of(condition),
                self.value(b)
            ),
            Expr::Get(path) => match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
            {
                ["request", "fields", name] => format!("“{}”", self.label(name)),
                ["request", "target"] => "the chosen target".to_owned(),
                ["requester", rest @ ..] if !rest.is_empty() => {
                    format!("the requester's {}", rest.join(" "))
                }
                ["steps", name, "output"] => format!("the answer of “{}”", readable(name)),
                ["steps", name, "output", rest @ ..] => {
                    let rest: Vec<String> = rest.iter().map(|part| readable(part)).collect();
                    format!("{} of “{}”", rest.join(" "), readable(name))
                }
                _ => show(expr),
            },
            other => show(other),
        }
    }

    /// What a field is called in the form.
    pub fn label(&self, name: &str) -> String {
        let field = self.flow.fields.iter().find(|field| field.name == name);
        match field.map(|field| &field.label) {
            Some(Expr::String(label)) => label.clone(),
            _ => readable(name),
        }
    }

    /// A text that people are sent, what is put in told in words.
    pub fn text(&self, expr: &Expr) -> String {
        let text = match expr {
            Expr::String(text) => text.clone(),
            Expr::Template(parts) => parts
                .iter()
                .map(|part| match part {
                    Expr::String(text) => text.clone(),
                    _ => "…".to_owned(),
                })
                .collect(),
            _ => "…".to_owned(),
        };
        cut(&text)
    }

    /// Who is told, each once.
    pub fn told<'n>(&self, notifies: impl IntoIterator<Item = &'n Notify>) -> Option<String> {
        let mut who: Vec<String> = Vec::new();
        let mut rest: Vec<&Expr> = notifies.into_iter().map(|notify| &notify.to).collect();
        rest.reverse();
        while let Some(to) = rest.pop() {
            match to {
                Expr::List(items) => rest.extend(items.iter().rev()),
                Expr::Call(id, sets) if id == "union@1" => rest.extend(sets.iter().rev()),
                one => {
                    let people = self.people(one);
                    if !who.contains(&people) {
                        who.push(people);
                    }
                }
            }
        }
        (!who.is_empty()).then(|| who.join(", "))
    }
}

/// `release managers` for `release_managers`.
pub fn readable(name: &str) -> String {
    name.replace('_', " ")
}

/// With a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// `1 hour 30 minutes`.
pub fn span(seconds: Decimal) -> String {
    let text = duration::print(seconds);
    let mut out: Vec<String> = Vec::new();
    let mut number = String::new();
    for c in text.chars() {
        let word = match c {
            'd' => "day",
            'h' => "hour",
            'm' => "minute",
            's' => "second",
            _ => {
                number.push(c);
                continue;
            }
        };
        let many = if number == "1" { "" } else { "s" };
        out.push(format!("{number} {word}{many}"));
        number.clear();
    }
    out.join(" ")
}

/// A number of seconds in words.
pub fn seconds(seconds: Seconds) -> String {
    span(Decimal::from(seconds.0))
}

fn vendor(from: &str) -> &str {
    match from {
        "okta" => "Okta",
        "aws_sso" => "IAM Identity Center",
        "slack_usergroup" => "Slack user",
        "slack_channel" => "Slack channel",
        "pagerduty_schedule" => "PagerDuty on-call",
        other => other,
    }
}

fn cut(text: &str) -> String {
    let text: Vec<&str> = text.split_whitespace().collect();
    let text = text.join(" ");
    if text.chars().count() <= CHARACTERS_MAX {
        return text;
    }
    let short: String = text.chars().take(CHARACTERS_MAX - 1).collect();
    format!("{}…", short.trim_end())
}
