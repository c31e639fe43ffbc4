//! The tree of a file: our own, with a span on everything.
//!
//! It holds what the author wrote, in the order of the source, and no judgement about it: whether
//! a block or an attribute exists is not known here. Escapes, indented heredocs and the `~` marks
//! of templates are worked out already, so that a literal holds the text that it means. Past this
//! tree nobody knows which parser made it.

use crate::source::{FileId, Span};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// What stands in it at the top level.
    pub body: Body,
    /// The comments that silence a finding.
    pub allows: Vec<Allow>,
    /// Whether a part of the file could not be read: then what is missing may have stood there.
    pub incomplete: bool,
}

/// `# flowc:allow S413 "reason"`: silences one code on the next line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// The comment.
    pub span: Span,
    /// The code, as written.
    pub code: String,
    /// Why, where the author said so.
    pub reason: Option<String>,
}

/// Attributes and blocks between two braces, or at the top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// In the order of the source.
    pub items: Vec<Item>,
    /// From the first to the last byte between the braces.
    pub span: Span,
}

impl Body {
    /// The attributes, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        })
    }

    /// The blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }

    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| attribute.name.text == name)
    }

    /// The blocks of this kind, in order.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks().filter(move |block| block.kind.text == kind)
    }
}

/// An attribute or a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `name = expr`.
    Attribute(Attribute),
    /// `kind "label" { … }`.
    Block(Block),
}

/// A bare word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The word.
    pub text: String,
    /// Its place.
    pub span: Span,
}

/// `kind "label" { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The first word.
    pub kind: Ident,
    /// The labels; the span of a quoted one includes its quotes.
    pub labels: Vec<Ident>,
    /// From the first word to the last label.
    pub header: Span,
    /// What stands between the braces; empty for a tombstone.
    pub body: Body,
    /// The whole block.
    pub span: Span,
    /// The block was declared, but what it holds could not be read, wholly or in part: nothing may
    /// be said to be missing in it. Its name is known all the same.
    pub tombstone: bool,
}

impl Block {
    /// The text of a label, counted from 0.
    #[must_use]
    pub fn label(&self, index: usize) -> Option<&str> {
        self.labels.get(index).map(|label| label.text.as_str())
    }
}

/// `name = expr`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: Ident,
    /// The value.
    pub expr: Expr,
    /// From the name to the end of the value.
    pub span: Span,
}

/// An expression and where it stands, its own quotes and brackets included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// The exact text of the source, with the sign that belongs to it: `007`, `1e3`, `-5`.
    Number(String),
    /// A quoted text or a heredoc without interpolation.
    String(Text),
    /// A quoted text or a heredoc with interpolations or directives.
    Template(Vec<Part>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{ a = b }`, in the order of the source.
    Object(Vec<Entry>),
    /// A bare name: `requester`, `string`, `none`.
    Name(String),
    /// `base.a[0].*`; at least one step.
    Access {
        /// What is read.
        base: Box<Expr>,
        /// How, from left to right.
        steps: Vec<Step>,
    },
    /// `f(a)`, `fn::f(a)`.
    Call(Box<Call>),
    /// `!a`, `-a`; `-5` is a number.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its place.
        op_span: Span,
        /// What it applies to.
        operand: Box<Expr>,
    },
    /// `a + b`.
    Binary {
        /// Left.
        left: Box<Expr>,
        /// The operator.
        op: BinaryOp,
        /// Its place.
        op_span: Span,
        /// Right.
        right: Box<Expr>,
    },
    /// `a ? b : c`.
    Conditional {
        /// Asked.
        condition: Box<Expr>,
        /// Where it is true.
        then: Box<Expr>,
        /// Where it is false.
        otherwise: Box<Expr>,
    },
    /// `(a)`.
    Parens(Box<Expr>),
    /// `[for x in xs : x]`, `{for k, v in m : k => v}`.
    For(Box<For>),
    /// What could not be read. It has every type and causes no further finding.
    Error,
}

/// A text that is known, and the way from its characters back to the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text that is meant.
    pub value: String,
    /// Runs of bytes that stand in the source as they are: offset in `value`, offset in the file.
    /// Sorted; an escape starts a run of its own.
    pub runs: Vec<(u32, u32)>,
    /// From after the opening quote to before the closing one; of a heredoc its lines.
    pub content: Span,
}

impl Text {
    /// The place in the source of the bytes `start..end` of `value`.
    #[must_use]
    pub fn span_of(&self, start: usize, end: usize) -> Span {
        let span = Span::new(
            self.content.file,
            self.source_offset(start)..self.source_offset(end.max(start)),
        );
        Span {
            start: span.start.min(self.content.end),
            end: span.end.min(self.content.end),
            ..span
        }
    }

    fn source_offset(&self, offset: usize) -> usize {
        let next = self.runs.partition_point(|(value, _)| *value as usize <= offset);
        match next.checked_sub(1).and_then(|i| self.runs.get(i)) {
            Some((value, source)) => *source as usize + (offset - *value as usize),
            None => self.content.start as usize + offset,
        }
    }
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is; `content` is its place.
    Text(Text),
    /// `${expr}`.
    Interpolation {
        /// What is put in.
        expr: Expr,
        /// With its marks.
        span: Span,
    },
    /// `%{if a}…%{else}…%{endif}`.
    If {
        /// Asked.
        condition: Expr,
        /// Where it is true.
        then: Vec<Part>,
        /// Where it is false.
        otherwise: Vec<Part>,
        /// From the first mark to the last.
        span: Span,
    },
    /// `%{for x in xs}…%{endfor}`.
    For {
        /// `k` in `for k, v in …`.
        key: Option<Ident>,
        /// `v`.
        value: Ident,
        /// What is walked.
        collection: Expr,
        /// Said for each element.
        body: Vec<Part>,
        /// From the first mark to the last.
        span: Span,
    },
}

/// `key = value` in an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Expr,
}

/// The key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A bare word, which is the key itself.
    Name(Ident),
    /// Anything else; a plain string is the common case.
    Expr(Expr),
}

impl Key {
    /// The key's text, where it is a word or a plain string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Name(ident) => Some(&ident.text),
            Self::Expr(Expr { kind: ExprKind::String(text), .. }) => Some(&text.value),
            Self::Expr(_) => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Name(ident) => ident.span,
            Self::Expr(expr) => expr.span,
        }
    }
}

/// One step of an access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `.name`; the span is the name's.
    Attr(Ident),
    /// `[expr]`; the span includes the brackets.
    Index(Box<Expr>, Span),
    /// `.*` or `[*]`.
    Splat(Span),
}

impl Step {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Attr(ident) => ident.span,
            Self::Index(_, span) | Self::Splat(span) => *span,
        }
    }
}

/// `f(a)`, `fn::f(a)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What stands before the last `::`, from left to right.
    pub namespace: Vec<Ident>,
    /// The name.
    pub name: Ident,
    /// The arguments.
    pub args: Vec<Expr>,
    /// The last argument is followed by `...` and stands for its elements.
    pub expand_last: bool,
    /// From `(` to `)`.
    pub parens: Span,
}

/// `[for x in xs : x if y]`, `{for k, v in m : k => v...}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct For {
    /// `k` in `for k, v in …`.
    pub key: Option<Ident>,
    /// `v`.
    pub value: Ident,
    /// What is walked.
    pub collection: Expr,
    /// Key of each result; `Some` makes an object.
    pub result_key: Option<Expr>,
    /// Value of each result.
    pub result: Expr,
    /// `...`: values of one key become a list.
    pub grouping: bool,
    /// Elements for which it is false are left out.
    pub condition: Option<Expr>,
}

/// A unary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UnaryOp {
    Not,
    Neg,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    And,
    Or,
}

impl BinaryOp {
    /// As it is written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Eq => "==",
            Self::NotEq => "!=",
            Self::Less => "<",
            Self::LessEq => "<=",
            Self::Greater => ">",
            Self::GreaterEq => ">=",
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}
