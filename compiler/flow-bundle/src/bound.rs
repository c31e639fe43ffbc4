//! What a request can make of an expression that reads its fields: the values that are possible, or
//! a pattern that all of them match.
//!
//! A target may read the request only where this is known: what is granted is then bounded before
//! anybody asks. The compiler asks here to refuse the rest, `reach` to list what can be granted.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Field, Grant};
use crate::eval::{Scope, eval};
use crate::expr::Expr;
use crate::print::print;
use crate::types::Type;
use crate::value::Value;
use crate::walk;

/// Combinations of field values that are tried out; beyond it a pattern says it.
const COMBINATIONS: usize = 1024;

/// What can come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Exactly these.
    Values(BTreeSet<String>),
    /// Whatever this regular expression matches as a whole.
    Pattern(String),
}

/// A part of the expression that can be anything: `request.fields.team`, `item`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbounded {
    /// The path as it is written.
    pub what: String,
}

/// What a request with these fields can make of a setting; `each_of` is the list that `item` is taken
/// from.
///
/// # Errors
/// The first part that can be anything.
pub fn bound(expr: &Expr, fields: &[Field], each_of: Option<&Expr>) -> Result<Bound, Unbounded> {
    let source = Source { fields, each_of };
    let mut atoms: BTreeMap<&[String], Domain> = BTreeMap::new();
    walk::each(expr, &mut |e| {
        if let Expr::Get(path) = e {
            atoms.entry(path).or_insert_with(|| source.domain(path));
        }
    });
    if let Some((path, _)) = atoms.iter().find(|(_, domain)| **domain == Domain::Anything) {
        return Err(Unbounded { what: path.join(".") });
    }
    match values(expr, &atoms) {
        Some(values) => Ok(Bound::Values(values)),
        None => pattern(expr, &atoms).map(Bound::Pattern),
    }
}

/// Addresses of the targets that a flow can grant, as far as its grant and its fields say so; none:
/// any of the strategy's.
#[must_use]
pub fn targets(grant: &Grant, fields: &[Field]) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut is_known = true;
    let mut rest: Vec<&Expr> = grant.target.iter().chain(&grant.targets).collect();
    while let Some(expr) = rest.pop() {
        walk::each(expr, &mut |e| match e {
            Expr::Ref(address) => {
                found.insert(address.strip_prefix("target.").unwrap_or(address).to_owned());
            }
            Expr::Get(path) => {
                let names: Vec<&str> = path.iter().map(String::as_str).collect();
                let name = match names.as_slice() {
                    ["request", "target" | "targets", ..] => "target",
                    ["request", "fields", name, ..] => name,
                    _ => return,
                };
                let field = fields.iter().find(|f| f.name == name);
                let Some(field) = field.filter(|f| is_target(&f.ty)) else { return };
                match &field.allowed {
                    // Its own list names targets and nothing of the request.
                    Some(allowed @ Expr::List(_)) => rest.push(allowed),
                    Some(_) | None => is_known = false,
                }
            }
            _ => {}
        });
    }
    is_known.then_some(found)
}

fn is_target(ty: &Type) -> bool {
    match non_null(ty) {
        Type::Target => true,
        Type::List(of) => is_target(of),
        _ => false,
    }
}

struct Source<'f> {
    fields: &'f [Field],
    each_of: Option<&'f Expr>,
}

/// What a name can stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Domain {
    Values(Vec<Value>),
    Pattern(String),
    Anything,
}

impl Source<'_> {
    fn domain(&self, path: &[String]) -> Domain {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["item"] => self.each_of.map_or(Domain::Anything, |list| self.elements(list)),
            ["request", "fields", name] => match self.field(name) {
                Some(field) => of_field(field, &field.ty),
                None => Domain::Anything,
            },
            _ => Domain::Anything,
        }
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// What an element of a list can be.
    fn elements(&self, list: &Expr) -> Domain {
        if let Expr::Get(path) = list
            && let [request, fields, name] = path.as_slice()
            && request == "request"
            && fields == "fields"
            && let Some(field) = self.field(name)
            && let Type::List(of) = non_null(&field.ty)
        {
            return of_field(field, of);
        }
        match eval(list, &Scope::new()) {
            Ok(Value::List(items)) => Domain::Values(items),
            Ok(_) | Err(_) => Domain::Anything,
        }
    }
}

fn non_null(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => non_null(inner),
        other => other,
    }
}

/// What a person can fill in, as far as the flow says; `ty` is the field's type or its elements'.
fn of_field(field: &Field, ty: &Type) -> Domain {
    match non_null(ty) {
        Type::Enum(words) => {
            Domain::Values(words.iter().map(|w| Value::String(w.clone())).collect())
        }
        Type::Bool => Domain::Values(vec![Value::Bool(true), Value::Bool(false)]),
        Type::String | Type::Number => {
            let allowed = field.allowed.as_ref().map(|list| eval(list, &Scope::new()));
            match (allowed, &field.options, &field.limits.pattern) {
                (Some(Ok(Value::List(items))), _, _) => Domain::Values(items),
                (Some(_), _, _) => Domain::Anything,
                (None, Some(_), _) => Domain::Pattern(".*".to_owned()),
                (None, None, Some(pattern)) => Domain::Pattern(pattern.clone()),
                (None, None, None) => Domain::Anything,
            }
        }
        _ => Domain::Anything,
    }
}

/// Every value, where all names have finitely many: tried out by the evaluator itself. What has no
/// value for some of them is no grant.
fn values(expr: &Expr, atoms: &BTreeMap<&[String], Domain>) -> Option<BTreeSet<String>> {
    let mut combinations: Vec<Vec<(&[String], Value)>> = vec![Vec::new()];
    for (path, domain) in atoms {
        let Domain::Values(possible) = domain else { return None };
        if combinations.len().saturating_mul(possible.len()) > COMBINATIONS {
            return None;
        }
        let mut longer = Vec::new();
        for chosen in &combinations {
            for value in possible {
                let mut next = chosen.clone();
                next.push((*path, value.clone()));
                longer.push(next);
            }
        }
        combinations = longer;
    }
    let one = |chosen: Vec<(&[String], Value)>| {
        let mut scope = Scope::new();
        let mut fields = BTreeMap::new();
        for (path, value) in chosen {
            match path {
                [item] => scope.set(item, value),
                [.., name] => drop(fields.insert(name.clone(), value)),
                [] => {}
            }
        }
        let request = BTreeMap::from([("fields".to_owned(), Value::Map(fields))]);
        scope.set("request", Value::Map(request));
        print(&eval(expr, &scope).ok()?).ok()
    };
    Some(combinations.into_iter().filter_map(one).collect())
}

/// A regular expression for what comes out, where the expression only joins and chooses.
fn pattern(expr: &Expr, atoms: &BTreeMap<&[String], Domain>) -> Result<String, Unbounded> {
    let any = |parts: &mut dyn Iterator<Item = &Expr>| {
        let parts: Result<BTreeSet<String>, _> = parts.map(|e| pattern(e, atoms)).collect();
        Ok(format!("(?:{})", Vec::from_iter(parts?).join("|")))
    };
    match expr {
        Expr::Get(path) => match atoms.get(path.as_slice()) {
            Some(Domain::Values(values)) => {
                let texts = values.iter().filter_map(|v| print(v).ok());
                let texts: Vec<String> = texts.map(|t| regex::escape(&t)).collect();
                Ok(format!("(?:{})", texts.join("|")))
            }
            Some(Domain::Pattern(pattern)) => Ok(format!("(?:{pattern})")),
            Some(Domain::Anything) | None => Err(Unbounded { what: path.join(".") }),
        },
        Expr::Template(parts) => parts.iter().map(|part| pattern(part, atoms)).collect(),
        Expr::If(_, then, otherwise) => any(&mut [&**then, &**otherwise].into_iter()),
        Expr::Try(value, otherwise) => any(&mut [&**value, &**otherwise].into_iter()),
        Expr::Call(id, args) if id.starts_with("coalesce@") => any(&mut args.iter()),
        other => {
            let text = eval(other, &Scope::new()).ok().and_then(|value| print(&value).ok());
            text.map(|text| regex::escape(&text)).ok_or_else(|| Unbounded { what: named(other) })
        }
    }
}

/// The first name that an expression reads.
fn named(expr: &Expr) -> String {
    let mut found = None;
    walk::each(expr, &mut |e| {
        if let Expr::Get(path) = e {
            found = found.take().or_else(|| Some(path.join(".")));
        }
    });
    found.unwrap_or_else(|| "this".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(name: &str, ty: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
        let mut field = json!({
            "name": name, "type": ty, "label": ["s", name], "required": ["b", true],
            "visible": ["b", true], "limits": {},
        });
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    }

    fn check(expr: serde_json::Value, each_of: Option<serde_json::Value>, expected: &str) {
        let options = json!({ "options": { "steps": [], "values": ["list"], "cache_s": "0" } });
        let fields = json!([
            field("team", json!(["enum", ["web", "api"]]), json!({})),
            field("size", json!("number"), json!({ "allowed": ["list", ["n", "1"], ["n", "2"]] })),
            field("id", json!("string"), json!({ "limits": { "pattern": "[a-z]+|x" } })),
            field("free", json!("string"), json!({})),
            field("fetched", json!("string"), options.clone()),
            field("many", json!(["list", "string"]), options),
            field("some", json!(["list", ["enum", ["a", "b"]]]), json!({})),
            field("who", json!("user"), json!({})),
        ]);
        let fields: Vec<Field> = serde_json::from_value(fields).unwrap();
        let expr = serde_json::from_value(expr).unwrap();
        let each_of = each_of.map(|e| serde_json::from_value(e).unwrap());
        let found = match bound(&expr, &fields, each_of.as_ref()) {
            Ok(Bound::Values(values)) => Vec::from_iter(values).join(" "),
            Ok(Bound::Pattern(pattern)) => format!("/{pattern}/"),
            Err(Unbounded { what }) => format!("{what}?"),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_request_can_make_of_a_setting() {
        let get = |name: &str| json!(["get", "request", "fields", name]);
        let tmpl = |a: serde_json::Value, b: serde_json::Value| json!(["tmpl", a, ["s", ".x-"], b]);
        check(json!(["s", "fixed"]), None, "fixed");
        check(get("team"), None, "api web");
        check(tmpl(get("team"), get("size")), None, "api.x-1 api.x-2 web.x-1 web.x-2");
        check(json!(["call", "upper@1", get("team")]), None, "API WEB");
        let table = json!(["obj", ["web", ["s", "111"]]]);
        check(json!(["call", "lookup@1", table, get("team"), ["s", "0"]]), None, "0 111");
        check(get("id"), None, "/(?:[a-z]+|x)/");
        check(tmpl(get("team"), get("id")), None, r"/(?:web|api)\.x\-(?:[a-z]+|x)/");
        check(get("fetched"), None, "/(?:.*)/");
        check(json!(["?", ["b", true], get("id"), ["s", "a.b"]]), None, r"/(?:(?:[a-z]+|x)|a\.b)/");
        check(get("free"), None, "request.fields.free?");
        check(tmpl(get("team"), get("free")), None, "request.fields.free?");
        check(json!(["call", "upper@1", get("id")]), None, "request.fields.id?");
        check(
            json!(["get", "request", "fields", "who", "email"]),
            None,
            "request.fields.who.email?",
        );
        check(json!(["get", "requester", "email"]), None, "requester.email?");
        check(json!(["get", "item"]), Some(get("some")), "a b");
        check(json!(["get", "item"]), Some(get("many")), "/(?:.*)/");
        check(json!(["get", "item"]), Some(json!(["list", ["s", "q"]])), "q");
        check(json!(["get", "item"]), None, "item?");
        check(get("some"), None, "request.fields.some?");
    }
}
