//! flow-proof
