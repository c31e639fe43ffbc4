//! The brackets that are open at a place, innermost last, with how many of each kind there are: a
//! closer that fits none of many is told without looking at all of them.

use super::lex::Bracket;

/// The open brackets, each by the index of its token.
#[derive(Debug, Default)]
pub(super) struct Open {
    stack: Vec<(usize, Bracket)>,
    counts: [usize; 4],
}

impl Open {
    pub(super) const fn new() -> Self {
        Self { stack: Vec::new(), counts: [0; 4] }
    }

    pub(super) const fn len(&self) -> usize {
        self.stack.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// The innermost.
    pub(super) fn last(&self) -> Option<(usize, Bracket)> {
        self.stack.last().copied()
    }

    /// Whether one of this kind is open.
    pub(super) fn has(&self, bracket: Bracket) -> bool {
        self.counts.get(bracket as usize).is_some_and(|count| *count > 0)
    }

    /// Whether the bracket of this token is open.
    pub(super) fn has_token(&self, token: usize) -> bool {
        self.stack.binary_search_by_key(&token, |(open, _)| *open).is_ok()
    }

    pub(super) fn push(&mut self, token: usize, bracket: Bracket) {
        self.stack.push((token, bracket));
        if let Some(count) = self.counts.get_mut(bracket as usize) {
            *count += 1;
        }
    }

    pub(super) fn pop(&mut self) -> Option<(usize, Bracket)> {
        let last = self.stack.pop()?;
        if let Some(count) = self.counts.get_mut(last.1 as usize) {
            *count -= 1;
        }
        Some(last)
    }

    /// Forgets those that were opened at this token and later.
    pub(super) fn forget_from(&mut self, token: usize) {
        while self.last().is_some_and(|(open, _)| open >= token) {
            self.pop();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new();
    }
}
