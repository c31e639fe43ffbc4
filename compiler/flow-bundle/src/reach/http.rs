//! What an HTTP call reaches: its URL, method and path, and the secrets of its headers.

use std::collections::BTreeMap;

use super::{Found, ReachError, fixed};
use crate::bundle::{Bundle, Integration, Statement, Strategy};
use crate::expr::Expr;
use crate::walk;

/// An HTTP call: IR path, address of the integration, arguments by name.
pub type Call<'b> = (String, &'b str, &'b BTreeMap<String, Expr>);

/// Every HTTP call of a bundle, of steps and of strategies.
#[must_use]
pub fn calls(bundle: &Bundle) -> Vec<Call<'_>> {
    let mut found: Vec<Call<'_>> = Vec::new();
    let hooks = bundle.flows.iter().flat_map(|(address, flow)| {
        flow.hooks.iter().map(move |(event, list)| {
            (format!("flows.{address}.hooks.{}", event.word()), list.as_slice())
        })
    });
    let options = bundle.flows.iter().flat_map(|(address, flow)| {
        flow.fields.iter().filter_map(move |field| {
            let steps = &field.options.as_ref()?.steps;
            let path = format!("flows.{address}.fields.{}.options.steps", field.name);
            Some((path, steps.as_slice()))
        })
    });
    let strategies = bundle.strategies.iter().flat_map(|(address, strategy)| {
        let identity = strategy.identity.as_ref().map_or(&[][..], |i| i.steps.as_slice());
        let halves = halves(strategy).map(|(half, call)| (half, call.steps.as_slice()));
        halves
            .chain([("identity", identity)])
            .map(move |(part, steps)| (format!("strategies.{address}.{part}.steps"), steps))
    });
    for (path, statements) in hooks.chain(options).chain(strategies) {
        for statement in statements {
            if let Statement::Step(step) = statement
                && step.kind == "http"
            {
                let integration = step.integration.as_deref().unwrap_or_default();
                found.push((format!("{path}.{}", step.name), integration, &step.args));
            }
        }
    }
    for (address, strategy) in &bundle.strategies {
        for (half, call) in halves(strategy) {
            let path = format!("strategies.{address}.{half}.call");
            found.extend(call.call.iter().map(|args| (path.clone(), &*strategy.integration, args)));
            let path = format!("strategies.{address}.{half}.poll.call");
            let poll = call.poll.iter().map(|poll| &poll.call);
            found.extend(poll.map(|args| (path.clone(), &*strategy.integration, args)));
        }
    }
    found
}

fn halves(
    strategy: &Strategy,
) -> impl Iterator<Item = (&'static str, &crate::bundle::StrategyCall)> {
    [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)].into_iter()
}

impl Found {
    /// A call of a step or of a strategy.
    pub(super) fn call(
        &mut self,
        bundle: &Bundle,
        path: &str,
        args: &BTreeMap<String, Expr>,
        integration: &str,
    ) -> Result<(), ReachError> {
        let missing = |name: &str, message: &str| ReachError {
            path: format!("{path}.{name}"),
            message: message.to_owned(),
        };
        let declared = bundle
            .integrations
            .get(integration)
            .ok_or_else(|| missing("integration", "is not declared"))?;
        let text = |name: &str| declared.attributes.get(name).and_then(serde_json::Value::as_str);
        let url = text("base_url").ok_or_else(|| missing("integration", "has no `base_url`"))?;
        let method = args.get("method").ok_or_else(|| missing("method", "is missing"))?;
        let method = fixed(&format!("{path}.method"), method)?;
        let target = args.get("path").ok_or_else(|| missing("path", "is missing"))?;
        self.asks(url, integration, &method, shape(target), path);
        self.tokens(declared, integration, args.get("auth"), path)?;
        for name in ["headers", "auth"] {
            if let Some(expr) = args.get(name) {
                self.secrets_of(integration, expr);
            }
        }
        Ok(())
    }

    fn asks(&mut self, url: &str, integration: &str, method: &str, path: String, user: &str) {
        let key = (url.to_owned(), integration.to_owned());
        let [methods, paths, uses] = self.http.entry(key).or_default();
        methods.insert(method.to_owned());
        paths.insert(path);
        uses.insert(user.to_owned());
    }

    /// Where the tokens of the call come from: of its own `auth`, or of the integration's.
    fn tokens(
        &mut self,
        declared: &Integration,
        integration: &str,
        own: Option<&Expr>,
        path: &str,
    ) -> Result<(), ReachError> {
        let url = match own {
            Some(Expr::Object(parts)) => parts
                .iter()
                .find(|(name, _)| name == "token_url")
                .map(|(_, url)| fixed(&format!("{path}.auth.token_url"), url))
                .transpose()?,
            _ => declared
                .attributes
                .get("auth")
                .and_then(|auth| auth.get("token_url"))
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned),
        };
        if let Some(url) = url {
            self.asks(&url, integration, "POST", String::new(), path);
        }
        Ok(())
    }

    fn secrets_of(&mut self, integration: &str, expr: &Expr) {
        walk::each(expr, &mut |e| {
            if let Expr::Secret(name) = e {
                self.secret.entry(name.clone()).or_default().insert(integration.to_owned());
            }
        });
    }
}

/// A path with `{}` for what a request decides.
fn shape(path: &Expr) -> String {
    match path {
        Expr::Template(parts) => parts.iter().map(shape).collect(),
        Expr::String(text) => text.clone(),
        _ => "{}".to_owned(),
    }
}
