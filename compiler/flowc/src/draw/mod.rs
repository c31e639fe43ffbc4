//! Drawings of flows, for people who do not read flows.
//!
//! A [`Story`] is what a flow does in the order in which people meet it, in whole words; the forms
//! only lay it out. Nothing of it comes from the text of a flow: a bundle is enough.
//!
//! To add a form: a file here from `&[Story]` to text, a word in [`crate::args::GraphFormat`], an
//! arm in `command/graph.rs`, a test that a real reader of the form takes it.

mod layout;
mod measure;
mod mermaid;
mod story;
mod svg;
#[cfg(test)]
mod tests;
mod words;

pub use mermaid::mermaid;
pub use story::{Story, story};
pub use svg::svg;
