//! Fixtures of the whole-house tests.
