//! flow-aws
