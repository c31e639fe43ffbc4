//! Random flows, small enough to try everything.

use flow_bundle::bundle::{Bundle, Group};
use flow_bundle::number::Count;
use serde_json::{Value as Json, json};

use crate::testing::{changed, decide};

/// Fewest people of the outside group.
pub(super) const MINIMUM: u64 = 2;

/// A flow, and a version of it with one thing changed.
pub(super) struct Case {
    pub(super) bundle: Bundle,
    pub(super) next: Bundle,
}

impl Case {
    /// The parts that were rolled, for a report.
    pub(super) fn shown(&self) -> String {
        let flow = |bundle: &Bundle| {
            let flow = &bundle.flows["aws_lambda"];
            let json = json!({"approvals": flow.approvals, "hooks": flow.hooks, "grant": flow.grant,
                "permissions": flow.permissions, "auto": flow.auto, "fields": flow.fields,
                "break_glass": flow.break_glass});
            format!("{json}")
        };
        format!("{}\nnext: {}", flow(&self.bundle), flow(&self.next))
    }
}

/// Fields that a flow may have: name, type, whether it is required, limits, `allowed`.
const FIELDS: [(&str, &str, bool, &str, &str); 8] = [
    ("a", r#"["enum", ["x", "y", "z"]]"#, true, "{}", "null"),
    ("b", r#"["enum", ["p", "q"]]"#, false, "{}", "null"),
    ("n", r#""number""#, true, r#"{"integer": true, "min": "0", "max": "3"}"#, "null"),
    ("t", r#""bool""#, true, "{}", "null"),
    ("o", r#""bool""#, false, "{}", "null"),
    ("s", r#""string""#, true, "{}", "null"),
    ("d", r#""duration""#, true, "{}", r#"["list", ["d", "1800"], ["d", "7200"]]"#),
    ("f", r#""string""#, true, "{}", "null"),
];

/// The field whose values are fetched when somebody asks: what was offered once says nothing of
/// what is offered then.
pub(super) const FETCHED: &str = "f";

pub(super) struct Dice {
    state: u64,
    /// Which fields this flow has.
    fields: Vec<usize>,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice =
            Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, fields: Vec::new() };
        for _ in 0..3 {
            let field = dice.roll(FIELDS.len());
            if !dice.fields.contains(&field) {
                dice.fields.push(field);
            }
        }
        dice
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }

    pub(super) fn case(mut self) -> Case {
        let mut changes = self.flow();
        let bundle = housed(changed(&borrowed(&changes)));
        self.change(&mut changes);
        Case { bundle, next: housed(changed(&borrowed(&changes))) }
    }

    fn flow(&mut self) -> Vec<(String, Json)> {
        let mut changes: Vec<(String, Json)> = Vec::new();
        let mut set = |path: &str, value: Json| changes.push((path.to_owned(), value));
        let fields: Vec<Json> = (0..self.fields.len()).map(|at| self.field(at)).collect();
        set("/fields", json!(fields));
        set("/auto", json!(self.roll(3) > 0));
        let count = 1 + self.roll(3);
        let stages: Vec<Json> = (0..count).map(|i| self.stage(i, count)).collect();
        set("/approvals", json!(stages));
        let hooks: Vec<Json> = (0..self.roll(3)).map(|_| self.statement()).collect();
        set("/hooks/on_request", json!(hooks));
        set("/permissions/request", self.people(1));
        let decide = if self.roll(3) > 0 { json!(["set", "members"]) } else { self.people(1) };
        set("/permissions/decide", decide);
        let duration = self.duration();
        set("/grant/duration", duration);
        set("/grant/max_duration_s", json!("3600"));
        let extend = if self.roll(6) == 0 { self.extend() } else { Json::Null };
        set("/grant/extend", extend);
        if self.roll(12) == 0 {
            glass(&mut changes);
        }
        changes
    }

    /// A field of the form. One that may be empty may be hidden, and required, by those above it.
    fn field(&mut self, at: usize) -> Json {
        let mut field = field(self.fields[at]);
        if at > 0 && field["required"] == json!(["b", false]) {
            let below = self.fields.split_off(at);
            for name in ["visible", "required"] {
                if self.roll(2) == 0 {
                    field[name] = self.condition(1);
                }
            }
            self.fields.extend(below);
        }
        field
    }

    fn extend(&mut self) -> Json {
        let approval = self.pick(&["same", "none", "s0"]);
        let (times, total) = (self.pick(&["1", "2"]), self.pick(&["3600", "7200"]));
        json!({"approval": approval, "max_times": times, "max_total_s": total})
    }

    fn duration(&mut self) -> Json {
        let one = |dice: &mut Self| match dice.roll(3) {
            0 if dice.fields.contains(&6) => json!(["get", "request", "fields", "d"]),
            1 => json!(["d", "7200"]),
            _ => json!(["d", "1800"]),
        };
        match self.roll(4) {
            0 => json!(["?", self.condition(1), one(self), one(self)]),
            1 => json!(["call", "min@1", one(self), ["d", "3600"]]),
            _ => one(self),
        }
    }

    fn statement(&mut self) -> Json {
        match self.roll(4) {
            0 | 1 => decide("approve", self.condition(2)),
            2 => json!({"k": "fail", "message": ["s", "no"], "when": self.condition(1)}),
            _ => decide("deny", self.condition(2)),
        }
    }

    fn stage(&mut self, at: usize, count: usize) -> Json {
        let after: Vec<String> = (0..count)
            // Mostly without a circle.
            .filter(|other| *other != at && self.roll(3) == 0 && (*other < at || self.roll(8) == 0))
            .map(|other| format!("s{other}"))
            .collect();
        let rules: Vec<Json> = (0..=self.roll(2))
            .map(|i| json!({"approvers": self.approvers(), "name": format!("r{i}"), "quorum": self.quorum()}))
            .collect();
        let when = if self.roll(2) == 0 { json!(["b", true]) } else { self.condition(2) };
        let on_timeout = self.pick(&["expire", "expire", "expire", "skip", "fallback"]);
        let mut stage = json!({"after": after, "allow_self": self.roll(4) == 0, "ask_comment": "no",
            "denials": "1", "distinct": self.roll(3) > 0, "name": format!("s{at}"), "notify": [],
            "on_timeout": on_timeout, "routes": [], "rules": rules,
            "timeout_s": self.pick(&["60", "600", "3600", "86400"]), "when": when});
        if self.roll(60) == 0 {
            stage["timeout_s"] = json!(self.pick(&["0", "2592001"]));
        }
        if on_timeout == "fallback" {
            stage["fallback_approvers"] = self.people(1);
        }
        stage
    }

    fn quorum(&mut self) -> Json {
        match self.roll(12) {
            0 => json!(["?", self.condition(1), ["n", "0"], ["n", "1"]]),
            1 => json!(["?", self.condition(1), ["n", "1"], ["n", "2"]]),
            2..=4 => json!(["n", "2"]),
            _ => json!(["n", "1"]),
        }
    }

    fn approvers(&mut self) -> Json {
        match self.roll(8) {
            0 => json!(["?", self.condition(1), self.people(1), self.people(1)]),
            _ => self.people(2),
        }
    }

    fn people(&mut self, depth: usize) -> Json {
        if depth > 0 && self.roll(3) == 0 {
            let (a, b) = (self.people(depth - 1), self.people(depth - 1));
            return json!(["call", self.pick(&["union@1", "intersect@1", "except@1"]), a, b]);
        }
        let user = |e: &str| json!(["call", "user@1", ["s", e]]);
        match self.roll(10) {
            0 | 1 => json!(["set", "members"]),
            2 => json!(["set", self.pick(&["admins", "guests", "nobody"])]),
            3 => json!(["get", "requester"]),
            4 => json!(["ref", "group.outside"]),
            5 | 6 => json!(["list", user("ana@x"), user("bo@x"), user("cat@x")]),
            7 => json!(["list", user("ana@x"), user("bo@x")]),
            8 => json!(["ref", "group.named"]),
            _ => json!(["list", user("ana@x")]),
        }
    }

    fn condition(&mut self, depth: usize) -> Json {
        if depth > 0 && self.roll(3) > 0 {
            let mut next = || self.condition(depth - 1);
            let (a, b, c) = (next(), next(), next());
            return match self.roll(4) {
                0 => json!(["&&", a, b]),
                1 => json!(["||", a, b]),
                2 => json!(["!", a]),
                _ => json!(["?", a, b, c]),
            };
        }
        if self.roll(8) == 0 {
            return json!(["b", self.roll(3) > 0]);
        }
        let at = self.roll(self.fields.len());
        let at = self.fields[at];
        let field = json!(["get", "request", "fields", FIELDS[at].0]);
        let equal = |dice: &mut Self| dice.pick(&["==", "!="]);
        match (FIELDS[at].0, self.roll(3)) {
            ("a", 0) => json!(["call", "contains@1", ["list", ["s", "x"], ["s", "y"]], field]),
            ("a", 1) => json!([equal(self), ["call", "upper@1", field], ["s", "X"]]),
            ("a", _) => json!([equal(self), field, ["s", self.pick(&["x", "y", "z"])]]),
            ("b", 0) => json!([equal(self), field, ["null"]]),
            ("b", _) => json!([equal(self), ["s", self.pick(&["p", "q"])], field]),
            ("n", 0) => json!(["==", ["%", field, ["n", "2"]], ["n", "0"]]),
            ("n", _) => {
                let n = self.roll(5).to_string();
                json!([self.pick(&["<", "<=", ">", ">=", "==", "!="]), field, ["n", n]])
            }
            ("o", 0) => json!([equal(self), ["null"], field]),
            ("o", _) => json!([equal(self), field, ["b", self.roll(2) > 0]]),
            ("s" | FETCHED, _) => json!([equal(self), field, ["s", self.pick(&["u", "v"])]]),
            ("d", _) => {
                json!([self.pick(&["<", ">="]), field, ["d", self.pick(&["1800", "7200"])]])
            }
            _ => field,
        }
    }

    /// Changes one thing.
    fn change(&mut self, changes: &mut Vec<(String, Json)>) {
        let at = |path: &str| changes.iter().position(|(p, _)| p == path).unwrap();
        let (stages, hooks) = (at("/approvals"), at("/hooks/on_request"));
        let count = changes[stages].1.as_array().unwrap().len();
        let is_glass = changes.iter().any(|(path, _)| path == "/break_glass");
        match self.roll(10) {
            0 if !is_glass => return glass(changes),
            1 => {
                let extend = self.extend();
                return changes.push(("/grant/extend".to_owned(), extend));
            }
            _ => {}
        }
        if count == 0 {
            // People are asked again.
            if self.roll(2) == 0 {
                changes.retain(|(path, _)| path != "/break_glass");
                changes[stages].1 = json!([self.stage(0, 1)]);
                return;
            }
            return changes[hooks].1.as_array_mut().unwrap().push(self.statement());
        }
        let stage = self.roll(count);
        match self.roll(8) {
            0 => changes[stages].1[stage]["when"] = self.condition(2),
            1 => changes[stages].1[stage]["rules"][0]["quorum"] = self.quorum(),
            2 => changes[stages].1[stage]["rules"][0]["approvers"] = self.approvers(),
            3 if count > 1 => drop(changes[stages].1.as_array_mut().unwrap().pop()),
            4 => drop(changes[hooks].1.as_array_mut().unwrap().pop()),
            5 => changes[hooks].1.as_array_mut().unwrap().push(self.statement()),
            6 => changes[stages].1[stage]["allow_self"] = json!(self.roll(2) == 0),
            _ => {
                let people = self.people(1);
                changes.push(("/permissions/decide".to_owned(), people));
            }
        }
    }
}

/// Makes it a flow of break-glass, in which nobody is asked.
fn glass(changes: &mut Vec<(String, Json)>) {
    for (path, value) in changes.iter_mut() {
        match path.as_str() {
            "/approvals" => *value = json!([]),
            "/auto" => *value = json!(true),
            "/grant/extend" => *value = Json::Null,
            _ => {}
        }
    }
    changes.push(("/break_glass".to_owned(), json!({"reason": "reason"})));
}

/// With the groups that flows speak of.
fn housed(mut bundle: Bundle) -> Bundle {
    let members = |all: &[&str]| Some(all.iter().map(|e| (*e).to_owned()).collect());
    let named = Group { members: members(&["ana@x", "bo@x"]), ..Group::default() };
    let outside = Group {
        from: Some("okta".to_owned()),
        id: Some("00g".to_owned()),
        minimum: Some(Count(MINIMUM)),
        ..Group::default()
    };
    bundle.groups.extend([("named".to_owned(), named), ("outside".to_owned(), outside)]);
    bundle
}

fn borrowed(changes: &[(String, Json)]) -> Vec<(&str, Json)> {
    changes.iter().map(|(path, value)| (path.as_str(), value.clone())).collect()
}

fn field(at: usize) -> Json {
    let (name, ty, required, limits, allowed) = FIELDS[at];
    let parse = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    let mut field = json!({"label": ["s", name], "limits": parse(limits), "name": name,
        "type": parse(ty), "required": ["b", required], "visible": ["b", true]});
    if allowed != "null" {
        field["allowed"] = parse(allowed);
    }
    if name == FETCHED {
        let offered = json!(["list", ["s", "u"], ["s", "v"]]);
        field["options"] = json!({"cache_s": "60", "steps": [], "values": offered});
    }
    field
}
