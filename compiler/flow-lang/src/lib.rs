//! flow-lang
