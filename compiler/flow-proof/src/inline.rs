//! Names put in place: what `let` binds, what a `value` step says, and constants of the
//! environment.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flow_bundle::bundle::{Bundle, Flow, Statement};
use flow_bundle::expr::Expr;
use flow_bundle::types::Type;
use flow_bundle::walk;

/// Largest expression that is looked into; a larger one is free.
const NODES_MAX: usize = 20_000;
/// Most `value` steps that read each other.
const STEPS_MAX: usize = 8;

/// Where the expression stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'b> {
    pub(crate) bundle: &'b Bundle,
    pub(crate) flow: &'b Flow,
}

/// The expression without bound names; `None` where it is too large to look into.
pub(crate) fn inlined<'e>(expr: &'e Expr, around: Around<'_>) -> Option<Cow<'e, Expr>> {
    let mut inliner = Inliner { around, left: NODES_MAX, steps: STEPS_MAX };
    // Most expressions have no name in them, and stay as they are.
    let (mut nodes, mut is_plain) = (0, true);
    walk::each(expr, &mut |e| {
        nodes += 1;
        is_plain &= match e {
            Expr::Let(..) | Expr::Local(_) => false,
            Expr::Get(path) => inliner.stays(path),
            _ => true,
        };
    });
    if is_plain && nodes <= NODES_MAX {
        return Some(Cow::Borrowed(expr));
    }
    inliner.inline(expr, &BTreeMap::new()).map(Cow::Owned)
}

struct Inliner<'b> {
    around: Around<'b>,
    left: usize,
    steps: usize,
}

impl Inliner<'_> {
    /// Puts names in place in the parts of an expression that conditions are made of; `None` where
    /// it would become too large.
    fn inline(&mut self, expr: &Expr, bound: &BTreeMap<&str, Expr>) -> Option<Expr> {
        self.left = self.left.checked_sub(1)?;
        let mut part = |e: &Expr| self.inline(e, bound).map(Box::new);
        Some(match expr {
            Expr::Local(name) => match bound.get(name.as_str()) {
                Some(value) => {
                    let mut nodes = 0;
                    walk::each(value, &mut |_| nodes += 1);
                    self.left = self.left.checked_sub(nodes)?;
                    value.clone()
                }
                None => expr.clone(),
            },
            Expr::Let(list, body) => {
                let mut inner = bound.clone();
                for (name, e) in list {
                    let value = self.inline(e, &inner)?;
                    inner.insert(name, value);
                }
                self.inline(body, &inner)?
            }
            Expr::Get(path) => match self.said(path) {
                Some(said) => said?,
                None => expr.clone(),
            },
            Expr::Unary(op, a) => Expr::Unary(*op, part(a)?),
            Expr::Binary(op, a, b) => Expr::Binary(*op, part(a)?, part(b)?),
            Expr::If(c, a, b) => Expr::If(part(c)?, part(a)?, part(b)?),
            Expr::Attr(a, name) => Expr::Attr(part(a)?, name.clone()),
            Expr::At(a, b) => Expr::At(part(a)?, part(b)?),
            Expr::Call(id, args) => {
                let args = args.iter().map(|a| self.inline(a, bound)).collect::<Option<_>>()?;
                Expr::Call(id.clone(), args)
            }
            Expr::List(items) => {
                Expr::List(items.iter().map(|a| self.inline(a, bound)).collect::<Option<_>>()?)
            }
            other => other.clone(),
        })
    }

    /// Whether nothing stands behind a path.
    fn stays(&self, path: &[String]) -> bool {
        match path.first().map(String::as_str) {
            Some("env") => path.get(1).is_none_or(|word| word != "vars"),
            Some("request") => path.get(2).is_none_or(|word| word != "target"),
            Some("steps") => {
                path.get(1).is_none_or(|step| value_step(self.around.flow, step).is_none())
            }
            _ => true,
        }
    }

    /// What stands behind a path, where the flow itself says it; `Some(None)` where that is too
    /// large.
    fn said(&mut self, path: &[String]) -> Option<Option<Expr>> {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["env", "vars", name] => {
                let environment = self.around.flow.environment.as_ref()?;
                let vars = &self.around.bundle.environments.get(environment)?.vars;
                vars.get(*name).map(|text| Some(Expr::String(text.clone())))
            }
            // One choice has two names.
            ["request", "fields", "target", rest @ ..] => {
                let field = self.around.flow.fields.iter().find(|f| f.name == "target")?;
                let is_one = field.ty == Type::Target;
                is_one.then(|| {
                    let path = ["request", "target"].iter().chain(rest);
                    Some(Expr::Get(path.map(|word| (*word).to_owned()).collect()))
                })
            }
            ["steps", step, "output", rest @ ..] => {
                let value = value_step(self.around.flow, step)?;
                if self.steps == 0 {
                    return None;
                }
                self.steps -= 1;
                // A step that is read many times is put in place each time; what it costs counts.
                let said = self.inline(value, &BTreeMap::new());
                self.steps += 1;
                Some(said.map(|said| {
                    rest.iter().fold(said, |e, name| Expr::Attr(Box::new(e), (*name).to_owned()))
                }))
            }
            _ => None,
        }
    }
}

/// The value of a `value` step that always runs.
fn value_step<'f>(flow: &'f Flow, name: &str) -> Option<&'f Expr> {
    flow.hooks.values().flatten().find_map(|statement| match statement {
        Statement::Step(step)
            if step.name == name && step.kind == "value" && step.when == Expr::Bool(true) =>
        {
            step.args.get("value")
        }
        _ => None,
    })
}
