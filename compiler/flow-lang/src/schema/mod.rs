//! One table of blocks and attributes: what may stand where, of which form, with which default.
//!
//! Every block is opened through this table ([`crate::check`]), so an attribute that is not here
//! cannot be read, and one that is here cannot be forgotten. What a value *means* is not here.
//! Each has its text here too, which `flowc explain` and the reference print.

mod blocks;
mod calls;
mod hooks;
mod kinds;
mod scenario;
mod steps;

pub(crate) use blocks::{TOP_LEVEL, block, blocks};
pub(crate) use hooks::{HOOKS, Hook, hook};
pub(crate) use kinds::{Family, Kind, kind, kinds_of};
pub(crate) use scenario::{TEST_LEVEL, test_block, test_blocks};

/// What an attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A string, known at build.
    Text,
    /// A whole number, known at build.
    Count,
    /// A span of time, known at build.
    Duration,
    /// `true` or `false`, known at build.
    Bool,
    /// One of these words, known at build.
    Word(&'static [&'static str]),
    /// Some of these words, known at build.
    Words(&'static [&'static str]),
    /// A reference, or a list of them.
    Reference,
    /// A secret's handle: a sink.
    Secret,
    /// A type.
    Type,
    /// A value known at build; the block's own check says of which type.
    Static,
    /// Evaluated when it is needed; the block's own check says of which type.
    RunTime,
}

/// One attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// Must be written.
    pub(crate) required: bool,
    /// What an absent one means, in the language's own text.
    pub(crate) default: Option<&'static str>,
    /// Of which type its value is, in a few words, where the form does not say it.
    pub(crate) takes: &'static str,
    /// What it is for: whole sentences, as `flowc explain` and the reference print them.
    pub(crate) doc: &'static str,
}

impl Attribute {
    const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }

    const fn takes(self, takes: &'static str) -> Self {
        Self { takes, ..self }
    }
}

/// One kind of block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) word: &'static str,
    /// What its labels are called.
    pub(crate) labels: &'static [&'static str],
    pub(crate) attributes: &'static [Attribute],
    pub(crate) children: &'static [Child],
    /// Takes attributes of any name (`locals`).
    pub(crate) free: bool,
    /// What to do where the block is missing, or its required attribute is.
    pub(crate) advice: &'static str,
    /// What it is for, in whole sentences.
    pub(crate) doc: &'static str,
}

impl Block {
    const fn doc(self, doc: &'static str) -> Self {
        Self { doc, ..self }
    }
}

/// A block inside a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Child {
    pub(crate) word: &'static str,
    pub(crate) required: bool,
    pub(crate) repeated: bool,
}

const fn required(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, required: true, default: None, takes: "", doc: "" }
}

const fn optional(name: &'static str, form: Form) -> Attribute {
    Attribute { name, form, required: false, default: None, takes: "", doc: "" }
}

const fn with_default(name: &'static str, form: Form, default: &'static str) -> Attribute {
    Attribute { name, form, required: false, default: Some(default), takes: "", doc: "" }
}

const fn one(word: &'static str) -> Child {
    Child { word, required: false, repeated: false }
}

const fn must(word: &'static str) -> Child {
    Child { word, required: true, repeated: false }
}

const fn many(word: &'static str) -> Child {
    Child { word, required: false, repeated: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_children_exist() {
        for top in TOP_LEVEL {
            walk(top);
        }
    }

    #[test]
    fn everything_has_a_text() {
        let mut bare: Vec<String> = Vec::new();
        let mut see = |of: &str, attributes: &[Attribute]| {
            bare.extend(
                attributes
                    .iter()
                    .filter(|a| !is_text(a.doc))
                    .map(|a| format!("`{}` of {of}", a.name)),
            );
        };
        for block in blocks() {
            see(&format!("`{}`", block.word), block.attributes);
        }
        for kind in kinds::kinds() {
            see(&format!("{:?} `{}`", kind.family, kind.word), kind.attributes);
        }
        bare.extend(
            blocks().filter(|b| !is_text(b.doc)).map(|b| format!("the block `{}`", b.word)),
        );
        bare.extend(
            kinds::kinds()
                .filter(|k| !is_text(k.doc))
                .map(|k| format!("{:?} `{}`", k.family, k.word)),
        );
        assert!(bare.is_empty(), "say by `.doc(\"…\")` what it is for, as a sentence: {bare:#?}");
    }

    fn is_text(doc: &str) -> bool {
        doc.ends_with(['.', ':']) && !doc.contains("  ") && !doc.contains('\n')
    }

    fn walk(word: &str) {
        let Some(spec) = block(word) else { return };
        let mut names: Vec<&str> = spec.attributes.iter().map(|a| a.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "an attribute of `{word}` stands twice");
        for child in spec.children.iter() {
            assert!(block(child.word).is_some(), "`{}` has no table", child.word);
            walk(child.word);
        }
    }
}
