//! The API over a real database, called in process, with time by hand.

mod bundles;
mod dry_run;
mod gate;
mod house;
mod lives;
mod metrics;
mod noted;
mod pages;
mod prompt;
mod refusals;
mod rights;
mod sym;
mod tokens;
