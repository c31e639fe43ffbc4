//! What a bundle, an expression and a value may cost. The compiler, the loader and the evaluator
//! read the same numbers, so that whatever compiles also loads and runs.

/// Largest bundle file, in bytes (64 MiB).
pub const BUNDLE_BYTES: usize = 64 * 1024 * 1024;
/// Most flows of a bundle.
pub const FLOWS: usize = 10_000;
/// Deepest expression, in nested arrays of its JSON form. The parser allows 64 nested levels and
/// 128 chained operators; a level is one array, an object or a map two, a `let` three.
pub const EXPR_DEPTH: usize = 256;
/// Deepest JSON of a bundle: an expression below the parts around it.
pub const BUNDLE_DEPTH: usize = EXPR_DEPTH + 32;
/// Steps of one evaluation (`compiler/spec.md`, determinism).
pub const EVAL_STEPS: u64 = 100_000;
/// Largest result of an expression, in bytes.
pub const RESULT_BYTES: usize = 1024 * 1024;
/// Deepest JSON text from outside.
pub const DATA_DEPTH: usize = 64;
/// Longest list that `range` makes.
pub const RANGE: usize = 10_000;
/// Longest regular expression, in bytes.
pub const PATTERN_BYTES: usize = 4096;
/// Most parts of a regular expression, each counted as often as it is repeated; to get it ready
/// takes some milliseconds then.
pub const PATTERN_PARTS: u64 = 20_000;
/// Longest grant of a break-glass flow, in seconds (4 hours).
pub const BREAK_GLASS_S: u64 = 4 * 3600;
