//! Heredocs: `<<EOT` and `<<-EOT`, up to a line with the marker alone.

use std::borrow::Cow;

use super::parse::{Parser, Read, Wanted};
use super::scan::continues_word;
use super::string::lone_mark;
use super::template::{Form, Run, Stop, finish};
use super::tree::ExprKind;

impl<'a> Parser<'a> {
    /// A heredoc; one without interpolation is a plain text.
    pub(super) fn heredoc(&mut self) -> Read<ExprKind> {
        self.at += 2;
        let indented = self.eat(b'-');
        let marker = self.word();
        let marker = marker.ok_or_else(|| self.refuse(Wanted::Words("a name was expected")))?;
        if !self.line_break() {
            return Err(self.refuse(Wanted::Words("a line break was expected")));
        }
        let form = Form::Heredoc { marker, indented };
        let start = self.at;
        let (drafts, stop) = self.elements(form)?;
        if let Stop::Mark(mark) = stop {
            return Err(lone_mark(mark.start));
        }
        let content = self.span(start, self.at);
        self.at += self.bytes.get(self.at..).map_or(0, blank) + marker.len();
        Ok(finish(drafts, form, content))
    }

    /// The lines up to the end marker or to the next mark; a run ends with its line.
    pub(super) fn heredoc_runs(&mut self, marker: &str) -> Read<Vec<Run<'a>>> {
        let mut runs: Vec<Run<'a>> = Vec::new();
        loop {
            if self.heredoc_ends(marker)? || self.is_end() {
                return Ok(runs);
            }
            let start = self.at;
            let end = self.line_or_mark(start);
            self.at = end;
            let text = match self.peek() {
                b'\n' => {
                    self.at += 1;
                    // A line break is always one LF, whatever the file has.
                    match self.slice(start, end).strip_suffix('\r') {
                        Some(line) => Cow::Owned(format!("{line}\n")),
                        None => Cow::Borrowed(self.slice(start, end + 1)),
                    }
                }
                _ => Cow::Borrowed(self.slice(start, end)),
            };
            if !text.is_empty() {
                runs.push(Run { text, at: start });
            }
            match self.peek() {
                _ if self.at > end => {}
                b'$' | b'%' if self.is_escaped_mark(end) => {
                    runs.push(Run { text: Cow::Borrowed(self.slice(end + 1, end + 3)), at: end });
                    self.at += 3;
                }
                b'$' | b'%' => return Ok(runs),
                _ => {}
            }
        }
    }

    /// Whether the line that starts here is the end marker alone.
    fn heredoc_ends(&self, marker: &str) -> Read<bool> {
        if self.at == 0 || self.byte(self.at - 1) != b'\n' {
            return Ok(false);
        }
        let line = self.bytes.get(self.at..).unwrap_or_default();
        let word = line.get(blank(line)..).unwrap_or_default();
        if !word.starts_with(marker.as_bytes()) {
            return Ok(false);
        }
        let end = self.at + blank(line) + marker.len();
        let tail = self.text.get(end..).unwrap_or_default();
        if tail.starts_with(continues_word) {
            return Ok(false);
        }
        match tail.split_once('\n') {
            Some((tail, _)) if tail.trim().is_empty() => Ok(true),
            _ => Err(self.refuse(Wanted::Words("the end marker stands alone on its line"))),
        }
    }

    fn line_or_mark(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            match self.byte(at) {
                b'\n' => return at,
                0 if at >= self.bytes.len() => return at,
                b'$' | b'%' if self.is_mark(at) || self.is_escaped_mark(at) => return at,
                _ => at += 1,
            }
        }
    }
}

/// How many blanks a line starts with.
fn blank(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
