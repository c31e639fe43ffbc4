//! flowctl
fn main() {}
