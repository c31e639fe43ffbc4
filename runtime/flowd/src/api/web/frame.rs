//! What stands around every page: head, who is logged in, what went wrong.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};
use serde_json::Value as Json;

use super::serve::{Knock, Reply, Visit};
use crate::api::problem::Problem;

/// A whole page.
pub fn page(title: &str, visit: Option<&Visit<'_>>, dev: bool, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Flow" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#main" { "To the content" }
                header {
                    nav aria-label="Flow" { a href="/" { "Flow" } }
                    @if let Some(visit) = visit {
                        form method="post" action="/auth/logout" {
                            (form_token(visit))
                            span { "Logged in as " b { (visit.person.name) } " " }
                            button { "Log out" }
                        }
                    }
                }
                main id="main" {
                    @if dev { p.bad { "Development mode: nothing here counts." } }
                    (main)
                }
            }
        }
    }
}

/// What every form carries.
pub fn form_token(visit: &Visit<'_>) -> Markup {
    html! { input type="hidden" name="form_token" value=(visit.form_token); }
}

/// A page that says what is wrong.
pub fn problem(problem: &Problem, visit: Option<&Visit<'_>>, dev: bool) -> Reply {
    let out = problem.status == 401;
    let main = html! {
        h1 { @if out { "Log in" } @else { (sentence(problem.title)) } }
        (wrong(problem))
        @if out {
            p { a href="/auth/login" { "Log in with your organisation's account" } }
        } @else {
            p { a href="/" { "Back to the overview" } }
        }
    };
    let title = if out { "Log in".to_owned() } else { sentence(problem.title) };
    Reply::page(problem.status, page(&title, visit, dev, &main))
}

/// What is wrong, for people who use a screen reader too.
pub fn wrong(problem: &Problem) -> Markup {
    html! {
        div.bad role="alert" {
            p { (sentence(&problem.detail)) "." }
            @if !problem.errors.is_empty() {
                ul { @for error in &problem.errors {
                    li { code { (error.pointer.rsplit('/').next().unwrap_or_default()) } ": " (error.detail) }
                } }
            }
        }
    }
}

/// Begins like a sentence.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// An instant, to the minute.
pub fn instant(text: &str) -> Markup {
    let shown = text
        .parse::<Timestamp>()
        .map_or_else(|_| text.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    html! { time datetime=(text) { (shown) } }
}

/// A text of somebody's, whole, with what would hide or turn it made visible.
pub fn plain(text: &str) -> String {
    let hides = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match hides(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// What stands under a key; nothing where nothing does.
pub fn at<'a>(value: &'a Json, key: &str) -> &'a Json {
    value.get(key).unwrap_or(&Json::Null)
}

/// The style of every page.
pub fn style(_: &Knock<'_>) -> Result<Reply, Problem> {
    Ok(Reply::text(200, "text/css; charset=utf-8", include_str!("style.css").to_owned()))
}
