//! HTTP: services may be called, paths keep the host, secrets stand in headers and `auth` only.

use serde_json::Value as Json;

use crate::bundle::{Bundle, Integration};
use crate::endpoint::{Allowed, judge};
use crate::expr::Expr;
use crate::reach::{Call, calls};
use crate::walk;

use super::{Checked, bad, blocks, steps};

pub(super) fn check(bundle: &Bundle) -> Checked {
    for (address, integration) in &bundle.integrations {
        if integration.kind == "http" {
            service(bundle, &format!("integrations.{address}"), integration)?;
        }
    }
    for call in calls(bundle) {
        check_call(bundle, &call)?;
    }
    let mut result = Ok(());
    walk::expressions(bundle, &mut |path, expr| {
        if result.is_ok()
            && let Some(name) = secret(expr)
            && let path = path.to_string()
            && !is_sink(&path)
        {
            let message = format!("the secret `{name}` would be sent in the open");
            result = Err(bad(path, message));
        }
    });
    result
}

fn allowed(integration: &Integration) -> Allowed {
    let is = |name: &str| integration.attributes.get(name).and_then(Json::as_bool).unwrap_or(false);
    Allowed { insecure: is("insecure"), private: is("allow_private_networks") }
}

fn service(bundle: &Bundle, path: &str, integration: &Integration) -> Checked {
    let url = integration.attributes.get("base_url").and_then(Json::as_str);
    let url = url.ok_or_else(|| bad(path, "`base_url` is missing"))?;
    judge(url, allowed(integration)).map_err(|e| bad(format!("{path}.base_url"), e.to_string()))?;
    match integration.attributes.get("auth") {
        Some(auth) => blocks::auth(bundle, &format!("{path}.auth"), auth, allowed(integration)),
        None => Ok(()),
    }
}

fn check_call(bundle: &Bundle, (path, integration, args): &Call<'_>) -> Checked {
    for parameter in crate::catalog::CALL {
        steps::argument(path, parameter, args.get(parameter.name))?;
    }
    let first = match args.get("path") {
        Some(Expr::Template(parts)) => parts.first(),
        other => other,
    };
    let is_path =
        matches!(first, Some(Expr::String(s)) if s.starts_with('/') && !s.starts_with("//"));
    if !is_path {
        return Err(bad(format!("{path}.path"), "it does not begin with one `/`"));
    }
    let hosts = bundle.integrations.get(*integration).map(allowed).unwrap_or_default();
    if let Some(auth) = args.get("auth") {
        blocks::call_auth(bundle, &format!("{path}.auth"), auth, hosts)?;
    }
    let Some(pages) = args.get("paginate") else { return Ok(()) };
    let at = format!("{path}.paginate");
    if !matches!(args.get("method"), Some(Expr::String(m)) if m == "GET" || m == "HEAD") {
        return Err(bad(at, "only a call that reads has pages"));
    }
    blocks::paginate(bundle, &at, pages)
}

/// Whether secrets may stand at this path.
fn is_sink(path: &str) -> bool {
    [".args.headers", ".args.auth", ".call.headers", ".call.auth"]
        .iter()
        .any(|sink| path.ends_with(sink))
}

fn secret(expr: &Expr) -> Option<&str> {
    let mut found = None;
    walk::each(expr, &mut |e| {
        if let Expr::Secret(name) = e {
            found = Some(name.as_str());
        }
    });
    found
}
