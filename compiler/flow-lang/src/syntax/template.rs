//! Templates: interpolations, directives, and the text between them.
//!
//! What a text means is worked out while it is read: every character leads back to its place.
//! Indentation and `~` marks wait until the whole template is there; see [`super::indent`].

use std::borrow::Cow;

use super::indent;
use super::parse::{Parser, Read, Refusal, Wanted};
use super::string::{CLOSING_QUOTE, only_text};
use super::tree::{Expr, ExprKind, Ident, Part, Text};
use crate::source::Span;

/// Characters that stand together in the source, and where. In a heredoc a run ends with its line.
pub(super) struct Run<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) at: usize,
}

/// A part of a template before indentation and `~` marks are worked out.
pub(super) enum Draft<'a> {
    Text {
        runs: Vec<Run<'a>>,
        span: Span,
    },
    Interpolation {
        expr: Expr,
        strip: Strip,
        span: Span,
    },
    If {
        condition: Expr,
        then: Vec<Draft<'a>>,
        otherwise: Vec<Draft<'a>>,
        /// Of the `if`, of the `else` where there is one, of the `endif`.
        marks: (Strip, Option<Strip>, Strip),
        span: Span,
    },
    For {
        names: (Option<Ident>, Ident),
        collection: Expr,
        body: Vec<Draft<'a>>,
        marks: [Strip; 2],
        span: Span,
    },
}

/// On which sides a mark takes the white space away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Strip {
    pub(super) before: bool,
    pub(super) after: bool,
}

/// What the template stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form<'a> {
    Quoted,
    Heredoc { marker: &'a str, indented: bool },
}

/// Why the elements ended.
pub(super) enum Stop {
    /// The quote or the end marker stands here.
    End,
    /// A directive that starts nothing: it was read up to its `}`.
    Mark(Mark),
}

/// A directive that starts nothing.
pub(super) struct Mark {
    word: Word,
    strip: Strip,
    pub(super) start: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Else,
    EndIf,
    EndFor,
}

impl<'a> Parser<'a> {
    /// Texts, interpolations and whole directives.
    pub(super) fn elements(&mut self, form: Form<'a>) -> Read<(Vec<Draft<'a>>, Stop)> {
        let mut drafts = Vec::new();
        loop {
            let start = self.at;
            let runs = match form {
                Form::Quoted => self.quoted_runs()?,
                Form::Heredoc { marker, .. } => self.heredoc_runs(marker)?,
            };
            if !runs.is_empty() {
                drafts.push(Draft::Text { runs, span: self.span(start, self.at) });
            }
            match self.peek() {
                b'$' if self.is_mark(self.at) => drafts.push(self.interpolation()?),
                b'%' if self.is_mark(self.at) => match self.directive(form)? {
                    Ok(draft) => drafts.push(draft),
                    Err(stop) => return Ok((drafts, stop)),
                },
                _ if self.is_end() => return Err(self.refuse(unended(form))),
                b'\n' if form == Form::Quoted => return Err(self.refuse(unended(form))),
                _ => return Ok((drafts, Stop::End)),
            }
        }
    }

    fn interpolation(&mut self) -> Read<Draft<'a>> {
        let start = self.at;
        let before = self.open_mark();
        let expr = self.nested(true, Self::expr)?;
        let after = self.close_mark()?;
        let span = self.span(start, self.at);
        Ok(Draft::Interpolation { expr, strip: Strip { before, after }, span })
    }

    /// `${` or `%{`, whether a `~` follows, and the white space behind it.
    fn open_mark(&mut self) -> bool {
        self.at += 2;
        let strips = self.eat(b'~');
        self.lines();
        strips
    }

    /// Whether a `~` stands before it, and `}`.
    fn close_mark(&mut self) -> Read<bool> {
        self.lines();
        let strips = self.eat(b'~');
        self.expect(b'}', Wanted::Words("`}` was expected"))?;
        Ok(strips)
    }

    /// A whole directive, or the mark that ends or divides one.
    fn directive(&mut self, form: Form<'a>) -> Read<Result<Draft<'a>, Stop>> {
        let start = self.at;
        let before = self.open_mark();
        let word_at = self.at;
        let word = self.word().unwrap_or_default();
        match word {
            "if" => self.if_draft(form, start, before).map(Ok),
            "for" => self.for_draft(form, start, before).map(Ok),
            "else" => self.mark(Word::Else, start, before).map(Err),
            "endif" => self.mark(Word::EndIf, start, before).map(Err),
            "endfor" => self.mark(Word::EndFor, start, before).map(Err),
            _ => {
                let wanted = Wanted::Words("`if`, `for`, `else`, `endif` or `endfor` was expected");
                Err(Refusal { offset: word_at, wanted })
            }
        }
    }

    fn mark(&mut self, word: Word, start: usize, before: bool) -> Read<Stop> {
        let strip = Strip { before, after: self.close_mark()? };
        Ok(Stop::Mark(Mark { word, strip, start }))
    }

    fn if_draft(&mut self, form: Form<'a>, start: usize, before: bool) -> Read<Draft<'a>> {
        self.lines();
        let condition = self.nested(true, Self::expr)?;
        let first = Strip { before, after: self.close_mark()? };
        let (then, mut last) = self.branch(form, "`%{ else }` or `%{ endif }` was expected")?;
        let (mut otherwise, mut middle) = (Vec::new(), None);
        if last.word == Word::Else {
            middle = Some(last.strip);
            (otherwise, last) = self.branch(form, "`%{ endif }` was expected")?;
        }
        if last.word != Word::EndIf {
            let wanted = Wanted::Words("`%{ endif }` was expected");
            return Err(Refusal { offset: last.start, wanted });
        }
        let span = self.span(start, self.at);
        Ok(Draft::If { condition, then, otherwise, marks: (first, middle, last.strip), span })
    }

    fn for_draft(&mut self, form: Form<'a>, start: usize, before: bool) -> Read<Draft<'a>> {
        let names = self.for_names()?;
        let collection = self.nested(true, Self::expr)?;
        let first = Strip { before, after: self.close_mark()? };
        let (body, last) = self.branch(form, "`%{ endfor }` was expected")?;
        if last.word != Word::EndFor {
            let wanted = Wanted::Words("`%{ endfor }` was expected");
            return Err(Refusal { offset: last.start, wanted });
        }
        let span = self.span(start, self.at);
        Ok(Draft::For { names, collection, body, marks: [first, last.strip], span })
    }

    /// What stands up to the next mark that starts nothing, and that mark.
    fn branch(&mut self, form: Form<'a>, wanted: &'static str) -> Read<(Vec<Draft<'a>>, Mark)> {
        let newlines = self.newlines;
        match self.nested(newlines, |parser| parser.elements(form))? {
            (drafts, Stop::Mark(mark)) => Ok((drafts, mark)),
            (_, Stop::End) => Err(self.refuse(Wanted::Words(wanted))),
        }
    }
}

const fn unended(form: Form<'_>) -> Wanted {
    match form {
        Form::Quoted => Wanted::Words(CLOSING_QUOTE),
        Form::Heredoc { .. } => Wanted::Words("the end marker was expected"),
    }
}

/// Works out indentation and `~` marks; `content` is the place of the whole text.
pub(super) fn finish(mut drafts: Vec<Draft<'_>>, form: Form<'_>, content: Span) -> ExprKind {
    indent::apply(&mut drafts, form);
    match only_text(&mut drafts) {
        Some(runs) => ExprKind::String(text(&runs, content)),
        None => ExprKind::Template(parts(drafts)),
    }
}

fn parts(drafts: Vec<Draft<'_>>) -> Vec<Part> {
    let part = |draft| match draft {
        Draft::Text { runs, span } => Part::Text(text(&runs, span)),
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

/// Joins runs, and keeps the place of those that do not go on where the one before ended.
fn text(runs: &[Run<'_>], content: Span) -> Text {
    let mut value = String::with_capacity(runs.iter().map(|run| run.text.len()).sum());
    let mut places = Vec::new();
    let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut shift = content.start as usize;
    for run in runs {
        if run.at != shift + value.len() && !run.text.is_empty() {
            places.push((cut(value.len()), cut(run.at)));
            shift = run.at.wrapping_sub(value.len());
        }
        value.push_str(&run.text);
    }
    Text { value, runs: places, content }
}
