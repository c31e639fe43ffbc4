//! What inputs are made of: every flow of the house, the fences of its pages, and their pieces.

use std::ops::Range;
use std::path::Path;

use flow_lang::syntax::parse;
use flow_lang::syntax::tree::{Body, Expr, ExprKind, File, Item, Key, Part, Step};
use flow_lang::{Diagnostics, Mode, Sources};

use crate::judge::judge;

/// Texts to start from.
#[derive(Debug)]
pub struct Seeds {
    /// All texts, those first of which a bundle comes out.
    pub all: Vec<Seed>,
    /// How many of them those are.
    pub built: usize,
}

impl Seeds {
    /// The texts of which a bundle comes out as they are.
    #[must_use]
    pub fn whole(&self) -> &[Seed] {
        self.all.get(..self.built).unwrap_or_default()
    }
}

/// A text with the places of its parts.
#[derive(Debug)]
pub struct Seed {
    /// The text.
    pub text: String,
    /// Its tokens, without the spaces between them.
    pub tokens: Vec<Range<usize>>,
    /// Where its attributes and blocks stand.
    pub items: Vec<Range<usize>>,
    /// Where its expressions stand, the smallest ones too.
    pub values: Vec<Range<usize>>,
}

/// Every `.hcl` file and every fence of a page below these folders, in the order of their paths.
#[must_use]
pub fn below(folders: &[&Path]) -> Seeds {
    let mut texts = Vec::new();
    for folder in folders {
        collect(folder, &mut texts);
    }
    texts.retain(|text| !text.is_empty());
    let is_built = |text: &String| judge(text.as_bytes(), Mode::Build, false).built;
    let (mut all, others): (Vec<_>, Vec<_>) = texts.into_iter().partition(is_built);
    let built = all.len();
    all.extend(others);
    Seeds { all: all.into_iter().map(Seed::new).collect(), built }
}

fn collect(folder: &Path, texts: &mut Vec<String>) {
    let Ok(entries) = folder.read_dir() else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(&path, texts);
        } else if let ("hcl" | "md" | "flowvars", Ok(text)) =
            (ending, std::fs::read_to_string(&path))
        {
            if ending == "md" {
                let fences = text.split("```hcl").skip(1).filter_map(|rest| rest.split_once('\n'));
                texts.extend(fences.map(|(_, rest)| fence(rest)));
            } else {
                texts.push(text);
            }
        }
    }
}

fn fence(rest: &str) -> String {
    rest.split("```").next().unwrap_or_default().to_owned()
}

impl Seed {
    /// Takes a text apart.
    #[must_use]
    pub fn new(text: String) -> Self {
        let mut sources = Sources::new();
        sources.add("seed.flow.hcl", text.as_bytes());
        let files = parse(&sources, &mut Diagnostics::new());
        let mut seed = Self { tokens: tokens(&text), text, items: Vec::new(), values: Vec::new() };
        for file in &files {
            let File { body, .. } = file;
            seed.body(body);
        }
        let length = seed.text.len();
        seed.items.retain(|r| r.end <= length && !r.is_empty());
        seed.values.retain(|r| r.end <= length && !r.is_empty());
        seed
    }

    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(a) => {
                    self.items.push(a.span.range());
                    self.expr(&a.expr);
                }
                Item::Block(b) => {
                    self.items.push(b.span.range());
                    self.body(&b.body);
                }
            }
        }
    }

    fn expr(&mut self, e: &Expr) {
        self.values.push(e.span.range());
        match &e.kind {
            ExprKind::List(items) => items.iter().for_each(|e| self.expr(e)),
            ExprKind::Object(entries) => {
                for entry in entries {
                    if let Key::Expr(key) = &entry.key {
                        self.expr(key);
                    }
                    self.expr(&entry.value);
                }
            }
            ExprKind::Access { base, steps } => {
                self.expr(base);
                for step in steps {
                    if let Step::Index(index, _) = step {
                        self.expr(index);
                    }
                }
            }
            ExprKind::Call(call) => call.args.iter().for_each(|e| self.expr(e)),
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Conditional { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|e| self.expr(e));
            }
            ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::For(f) => {
                let parts = [f.result_key.as_ref(), f.condition.as_ref()].into_iter().flatten();
                [&f.collection, &f.result].into_iter().chain(parts).for_each(|e| self.expr(e));
            }
            ExprKind::Template(parts) => self.parts(parts),
            _ => {}
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(_) => {}
                Part::Interpolation { expr, .. } => self.expr(expr),
                Part::If { condition, then, otherwise, .. } => {
                    self.expr(condition);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For { collection, body, .. } => {
                    self.expr(collection);
                    self.parts(body);
                }
            }
        }
    }
}

/// Words, numbers, and signs one by one: a reading of its own, and no better than it needs to be.
#[must_use]
pub fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() && c != '\n' {
            continue;
        }
        let mut end = start + c.len_utf8();
        let is_word = |c: char| c.is_alphanumeric() || "_-".contains(c);
        if is_word(c) {
            while let Some((i, c)) = chars.next_if(|(_, c)| is_word(*c)) {
                end = i + c.len_utf8();
            }
        }
        found.push(start..end);
    }
    found
}
