//! The reference of the language, told from the tables that the checker itself uses: blocks and
//! attributes from `schema`, functions from `flow-bundle`.
//!
//! Nothing is written down here a second time: what the tables do not say, no page can say.

mod entry;
mod flowtest;
mod pages;
mod tables;
mod text;
mod topic;

pub use entry::{AttributeEntry, BlockEntry, ChildEntry, FunctionEntry};
pub(crate) use entry::{children, kinds, title};
pub use pages::pages;
pub use tables::{Table, tables};
pub use text::text;
pub(crate) use topic::attributes;
pub use topic::{Topic, find, topics};

#[cfg(test)]
mod files;
#[cfg(test)]
mod tests;
