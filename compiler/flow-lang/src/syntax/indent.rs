//! Indented heredocs and the `~` marks of templates.
//!
//! An indented heredoc loses its indentation inside directives too. Indentation goes first and `~`
//! second, so that a line after `~}` is indented like its neighbours; Terraform does it the other
//! way round and leaves such a line indented.

use std::borrow::Cow;

use super::template::{Draft, Form, Run, Strip};

/// What stands in a template from left to right, directives flattened.
enum Leaf<'d, 'a> {
    Text(&'d mut Vec<Run<'a>>),
    Mark(Strip),
}

/// Takes away what the author wrote for the eye only.
pub(super) fn apply<'a>(drafts: &mut [Draft<'a>], form: Form<'_>) {
    if matches!(form, Form::Heredoc { indented: true, .. }) {
        dedent(&mut leaves(drafts));
    }
    if drafts.iter().any(|draft| !matches!(draft, Draft::Text { .. })) {
        strip(&mut leaves(drafts), form == Form::Quoted);
    }
}

fn leaves<'d, 'a>(drafts: &'d mut [Draft<'a>]) -> Vec<Leaf<'d, 'a>> {
    let mut out = Vec::new();
    for draft in drafts {
        match draft {
            Draft::Text { runs, .. } => out.push(Leaf::Text(runs)),
            Draft::Interpolation { strip, .. } => out.push(Leaf::Mark(*strip)),
            Draft::If { then, otherwise, marks, .. } => {
                out.push(Leaf::Mark(marks.0));
                out.extend(leaves(then));
                out.extend(marks.1.map(Leaf::Mark));
                out.extend(leaves(otherwise));
                out.push(Leaf::Mark(marks.2));
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
fn dedent(leaves: &mut [Leaf<'_, '_>]) {
    let mut indent = usize::MAX;
    for_each_line_start(leaves, |run| {
        let spaces = run.map_or(0, |run| leading_spaces(&run.text));
        indent = indent.min(spaces);
    });
    for_each_line_start(leaves, |run| {
        if let Some(run) = run {
            let cut: usize = run.text.chars().take(indent).map(char::len_utf8).sum();
            skip(run, cut);
        }
    });
}

fn skip(run: &mut Run<'_>, cut: usize) {
    match &mut run.text {
        Cow::Borrowed(text) => *text = text.get(cut..).unwrap_or_default(),
        Cow::Owned(text) => drop(text.drain(..cut)),
    }
    run.at += cut;
}

fn shorten(run: &mut Run<'_>, length: usize) {
    match &mut run.text {
        Cow::Borrowed(text) => *text = text.get(..length).unwrap_or_default(),
        Cow::Owned(text) => text.truncate(length),
    }
}

/// Visits the first thing of each line that is not blank: a run, or `None` for a mark.
fn for_each_line_start(leaves: &mut [Leaf<'_, '_>], mut visit: impl FnMut(Option<&mut Run<'_>>)) {
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
fn strip(leaves: &mut [Leaf<'_, '_>], whole: bool) {
    for i in 0..leaves.len() {
        let Some(Leaf::Mark(strip)) = leaves.get(i) else { continue };
        let (before, after) = (strip.before, strip.after);
        if before && let Some(Leaf::Text(runs)) = i.checked_sub(1).and_then(|i| leaves.get_mut(i)) {
            for run in runs.iter_mut().rev() {
                shorten(run, run.text.trim_end().len());
                if !run.text.is_empty() || !whole {
                    break;
                }
            }
        }
        if after && let Some(Leaf::Text(runs)) = leaves.get_mut(i + 1) {
            for run in runs.iter_mut() {
                skip(run, run.text.len() - run.text.trim_start().len());
                if !run.text.is_empty() || !whole {
                    break;
                }
            }
        }
    }
}
