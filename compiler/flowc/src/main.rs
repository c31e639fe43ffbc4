//! flowc
fn main() {}
