//! `step "http"`: a call, and the pages of its answer.

use flow_bundle::{Expr, Type};

use super::{Made, declared_output};
use crate::check::Module;
use crate::check::body::Opened;
use crate::check::http;
use crate::check::scope::Scope;
use crate::code;
use crate::types::Ty;

pub(super) fn make(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, path: &str) -> Made {
    let mut args = http::call(m, scope, opened, path);
    let reads = http::reads(&args);
    let output = declared_output(m, opened.block);
    if let Some(pages) = paginate(m, opened, reads, &output) {
        args.insert("paginate".to_owned(), pages);
    }
    Made { args, reads, output }
}

/// How further pages are fetched.
fn paginate(m: &mut Module<'_>, opened: &Opened<'_>, reads: bool, output: &Ty) -> Option<Expr> {
    let block = opened.child("paginate")?;
    let inner = Opened::open(m, block, "paginate")?;
    let mode = inner.word(m, "mode")?;
    if !reads {
        let message = "only a call that reads has pages";
        let help = "use `GET`, or leave `paginate` out";
        m.say(code::B110, block.header, message, "pages of a call that changes", help);
    }
    check_modes(m, &inner, &mode);
    if !matches!(output, Ty::Error | Ty::Of(Type::List(_) | Type::Json)) {
        let message = format!("the pages are joined to one list, and `output` is `{output}`");
        m.say(code::T201, block.header, message, "answers a list", "write `output = list(…)`");
    }
    let mut parts = vec![("mode".to_owned(), Expr::string(&mode))];
    let mut put = |name: &str, ir: Option<Expr>| {
        parts.extend(ir.map(|ir| (name.to_owned(), ir)));
    };
    put("items", inner.text(m, "items").map(Expr::String));
    if mode != "link" {
        let usual = if mode == "cursor" { "cursor" } else { "page" };
        let param = inner.text(m, "page_param").unwrap_or_else(|| usual.to_owned());
        put("page_param", Some(Expr::String(param)));
    }
    if mode == "page" {
        put("first_page", count(m, &inner, "first_page"));
    }
    put("next", inner.text(m, "next").map(Expr::String));
    if inner.attribute("page_size").is_some() {
        put("page_size", count(m, &inner, "page_size"));
        put("size_param", inner.text(m, "size_param").map(Expr::String));
    }
    put("max_pages", count(m, &inner, "max_pages"));
    put("on_limit", inner.word(m, "on_limit").map(Expr::String));
    Some(Expr::Object(parts))
}

fn count(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<Expr> {
    opened.count(m, name).map(|n| Expr::Number(n.0.into()))
}

/// Reports attributes that belong to another mode, and a cursor that nothing names.
fn check_modes(m: &mut Module<'_>, opened: &Opened<'_>, mode: &str) {
    let foreign: &[&str] = match mode {
        "page" => &["next"],
        "cursor" => &["first_page"],
        _ => &["next", "page_param", "first_page"],
    };
    for name in foreign {
        if let Some(attribute) = opened.attribute(name) {
            let message = format!("`{name}` has no effect with `mode = \"{mode}\"`");
            m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
        }
    }
    if mode == "cursor" {
        let help =
            "name the path in the body, or the header, that holds it: `next = \"meta.next\"`";
        opened.demand(m, "next", help);
    }
}
