//! Texts: escapes, indented heredocs and the `~` marks of templates.
//!
//! What a text means is worked out from the source and not taken from the parser, for two reasons:
//! every character must lead back to its place, and an indented heredoc must lose its indentation
//! inside directives too. Indentation goes first and `~` second, so that a line after `~}` is
//! indented like its neighbours; Terraform does it the other way round and leaves such a line
//! indented. A line break of a heredoc is always one LF, whatever the file has.

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::{
    Directive, Element, ForDirective, HeredocTemplate, IfDirective, StringTemplate, Strip, Template,
};

use super::parse::Lowering;
use super::tree::{Expr, ExprKind, Ident, Part, Text};
use crate::source::Span;

/// Characters that stand together in the source, and where. In a heredoc a run ends with its line.
struct Run {
    text: String,
    at: usize,
}

/// A part of a template before indentation and `~` marks are worked out.
enum Draft {
    Text {
        runs: Vec<Run>,
        span: Span,
    },
    Interpolation {
        expr: Expr,
        strip: Strip,
        span: Span,
    },
    If {
        condition: Expr,
        then: Vec<Draft>,
        otherwise: Vec<Draft>,
        marks: IfMarks,
        span: Span,
    },
    For {
        names: (Option<Ident>, Ident),
        collection: Expr,
        body: Vec<Draft>,
        marks: [Strip; 2],
        span: Span,
    },
}

struct IfMarks {
    first: Strip,
    middle: Option<Strip>,
    last: Strip,
}

/// What stands in a template from left to right, directives flattened.
enum Leaf<'a> {
    Text(&'a mut Vec<Run>),
    Mark(Strip),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Quoted,
    Heredoc,
    IndentedHeredoc,
}

impl Lowering<'_> {
    /// A quoted text without interpolation; `span` includes the quotes.
    pub(super) fn quoted(&self, span: Span) -> Text {
        let content = Span { start: span.start + 1, end: span.end.saturating_sub(1), ..span };
        text(self.runs(content, Form::Quoted), content)
    }

    /// A quoted text with interpolations.
    pub(super) fn string_template(&mut self, template: &StringTemplate, span: Span) -> ExprKind {
        let drafts = self.drafts(template, Form::Quoted, span);
        ExprKind::Template(finish(drafts, Form::Quoted))
    }

    /// A heredoc; one without interpolation is a plain text.
    pub(super) fn heredoc(&mut self, heredoc: &HeredocTemplate, span: Span) -> ExprKind {
        let indented = self.source(span).starts_with("<<-");
        let form = if indented { Form::IndentedHeredoc } else { Form::Heredoc };
        let drafts = self.drafts(&heredoc.template, form, span);
        let mut parts = finish(drafts, form);
        match (parts.pop(), parts.is_empty()) {
            (None, _) => ExprKind::String(Text {
                value: String::new(),
                runs: Vec::new(),
                content: Span { start: span.end, ..span },
            }),
            (Some(Part::Text(text)), true) => ExprKind::String(text),
            (Some(part), _) => {
                parts.push(part);
                ExprKind::Template(parts)
            }
        }
    }

    fn drafts(&mut self, template: &Template, form: Form, default: Span) -> Vec<Draft> {
        template
            .iter()
            .map(|element| {
                let span = element.span().map_or(default, |range| self.span(range));
                match element {
                    Element::Literal(_) => Draft::Text { runs: self.runs(span, form), span },
                    Element::Interpolation(interpolation) => Draft::Interpolation {
                        expr: self.inner(&interpolation.expr, span),
                        strip: interpolation.strip,
                        span,
                    },
                    Element::Directive(directive) => match &**directive {
                        Directive::If(directive) => self.if_draft(directive, form, span),
                        Directive::For(directive) => self.for_draft(directive, form, span),
                    },
                }
            })
            .collect()
    }

    fn if_draft(&mut self, directive: &IfDirective, form: Form, span: Span) -> Draft {
        Draft::If {
            condition: self.inner(&directive.if_expr.cond_expr, span),
            then: self.drafts(&directive.if_expr.template, form, span),
            otherwise: match &directive.else_expr {
                Some(otherwise) => self.drafts(&otherwise.template, form, span),
                None => Vec::new(),
            },
            marks: IfMarks {
                first: directive.if_expr.strip,
                middle: directive.else_expr.as_ref().map(|otherwise| otherwise.strip),
                last: directive.endif_expr.strip,
            },
            span,
        }
    }

    fn for_draft(&mut self, directive: &ForDirective, form: Form, span: Span) -> Draft {
        let intro = &directive.for_expr;
        Draft::For {
            names: (
                intro.key_var.as_ref().map(|key| self.ident(key, key.span(), span)),
                self.ident(&intro.value_var, intro.value_var.span(), span),
            ),
            collection: self.inner(&intro.collection_expr, span),
            body: self.drafts(&intro.template, form, span),
            marks: [intro.strip, directive.endfor_expr.strip],
            span,
        }
    }

    fn inner(&mut self, expr: &Expression, default: Span) -> Expr {
        self.expr(expr, default)
    }

    /// Reads a literal again from the source.
    fn runs(&self, span: Span, form: Form) -> Vec<Run> {
        let source = self.source(span);
        let mut runs: Vec<Run> = Vec::new();
        let mut fresh = true;
        let mut rest = source;
        while let Some(c) = rest.chars().next() {
            let at = span.start as usize + (source.len() - rest.len());
            let (meant, length) = match (form, c) {
                (Form::Quoted, '\\') => escape(rest),
                (_, '$' | '%') if is_escaped_mark(rest) => (format!("{c}{{"), 3),
                (Form::Heredoc | Form::IndentedHeredoc, '\r') if rest.starts_with("\r\n") => {
                    ("\n".to_owned(), 2)
                }
                _ => (c.to_string(), c.len_utf8()),
            };
            let plain = meant.len() == length;
            match runs.last_mut() {
                Some(run) if plain && !fresh => run.text.push_str(&meant),
                _ => runs.push(Run { text: meant.clone(), at }),
            }
            fresh = !plain || (form != Form::Quoted && meant == "\n");
            rest = rest.get(length..).unwrap_or_default();
        }
        runs
    }
}

/// `$${` and `%%{` stand for the marks themselves.
fn is_escaped_mark(rest: &str) -> bool {
    rest.starts_with("$${") || rest.starts_with("%%{")
}

/// What a backslash and its letters mean, and how many bytes they take. The parser has refused
/// what is no escape.
fn escape(rest: &str) -> (String, usize) {
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        (code.and_then(char::from_u32).unwrap_or('\u{fffd}').to_string(), 2 + digits)
    };
    match rest.chars().nth(1) {
        Some('n') => ("\n".to_owned(), 2),
        Some('r') => ("\r".to_owned(), 2),
        Some('t') => ("\t".to_owned(), 2),
        Some('u') => hex(4),
        Some('U') => hex(8),
        Some(c) => (c.to_string(), 1 + c.len_utf8()),
        None => (String::new(), 1),
    }
}

fn finish(mut drafts: Vec<Draft>, form: Form) -> Vec<Part> {
    if form == Form::IndentedHeredoc {
        dedent(&mut leaves(&mut drafts));
    }
    strip(&mut leaves(&mut drafts), form);
    parts(drafts)
}

fn leaves(drafts: &mut [Draft]) -> Vec<Leaf<'_>> {
    let mut out = Vec::new();
    for draft in drafts {
        match draft {
            Draft::Text { runs, .. } => out.push(Leaf::Text(runs)),
            Draft::Interpolation { strip, .. } => out.push(Leaf::Mark(*strip)),
            Draft::If { then, otherwise, marks, .. } => {
                out.push(Leaf::Mark(marks.first));
                out.extend(leaves(then));
                out.extend(marks.middle.map(Leaf::Mark));
                out.extend(leaves(otherwise));
                out.push(Leaf::Mark(marks.last));
            }
            Draft::For { body, marks: [first, last], .. } => {
                out.push(Leaf::Mark(*first));
                out.extend(leaves(body));
                out.push(Leaf::Mark(*last));
            }
        }
    }
    out
}

/// Takes off the indentation that all lines share; blank lines do not count.
fn dedent(leaves: &mut [Leaf<'_>]) {
    let mut indent = usize::MAX;
    for_each_line_start(leaves, |run| {
        let spaces = run.map_or(0, |run| leading_spaces(&run.text));
        indent = indent.min(spaces);
    });
    for_each_line_start(leaves, |run| {
        if let Some(run) = run {
            let cut: usize = run.text.chars().take(indent).map(char::len_utf8).sum();
            run.text.drain(..cut);
            run.at += cut;
        }
    });
}

/// Visits the first thing of each line that is not blank: a run, or `None` for a mark.
fn for_each_line_start(leaves: &mut [Leaf<'_>], mut visit: impl FnMut(Option<&mut Run>)) {
    let mut at_start = true;
    for leaf in leaves {
        match leaf {
            Leaf::Mark(_) => {
                if at_start {
                    visit(None);
                }
                at_start = false;
            }
            Leaf::Text(runs) => {
                for run in runs.iter_mut() {
                    let ends = run.text.ends_with('\n');
                    let blank = ends && run.text.trim().is_empty();
                    if at_start && !blank {
                        visit(Some(run));
                    }
                    at_start = ends;
                }
            }
        }
    }
}

fn leading_spaces(text: &str) -> usize {
    text.chars().take_while(|c| c.is_whitespace()).count()
}

/// A `~` takes the white space on its side: in a heredoc up to the end of the line.
fn strip(leaves: &mut [Leaf<'_>], form: Form) {
    let whole = form == Form::Quoted;
    for i in 0..leaves.len() {
        let Some(Leaf::Mark(strip)) = leaves.get(i) else { continue };
        let (before, after) = (strip.strip_start(), strip.strip_end());
        if before && let Some(Leaf::Text(runs)) = i.checked_sub(1).and_then(|i| leaves.get_mut(i)) {
            for run in runs.iter_mut().rev() {
                run.text.truncate(run.text.trim_end().len());
                if !run.text.is_empty() || !whole {
                    break;
                }
            }
        }
        if after && let Some(Leaf::Text(runs)) = leaves.get_mut(i + 1) {
            for run in runs.iter_mut() {
                let cut = run.text.len() - run.text.trim_start().len();
                run.text.drain(..cut);
                run.at += cut;
                if !run.text.is_empty() || !whole {
                    break;
                }
            }
        }
    }
}

fn parts(drafts: Vec<Draft>) -> Vec<Part> {
    let part = |draft| match draft {
        Draft::Text { runs, span } => Part::Text(text(runs, span)),
        Draft::Interpolation { expr, span, .. } => Part::Interpolation { expr, span },
        Draft::If { condition, then, otherwise, span, .. } => {
            Part::If { condition, then: parts(then), otherwise: parts(otherwise), span }
        }
        Draft::For { names: (key, value), collection, body, span, .. } => {
            Part::For { key, value, collection, body: parts(body), span }
        }
    };
    drafts
        .into_iter()
        .map(part)
        .filter(|part| !matches!(part, Part::Text(text) if text.value.is_empty()))
        .collect()
}

fn text(runs: Vec<Run>, content: Span) -> Text {
    let mut value = String::new();
    let mut places = Vec::new();
    for run in runs {
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        places.push((cut(value.len()), cut(run.at)));
        value.push_str(&run.text);
    }
    Text { value, runs: places, content }
}
