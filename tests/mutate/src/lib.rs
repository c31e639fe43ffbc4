//! No text makes the compiler panic, dawdle, or say something else the second time.
//!
//! Good and bad flows are changed by chance on three levels, compiled, and looked at. The command
//! of the same name does so for as long as one likes; the test `mutate` for a minute. Each input is
//! named by the seed of its run and its index, so one that fails is made again by itself.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`seeds`] | what inputs are made of: all flows of the house, and their pieces |
//! | [`change`] | the three levels: bytes, tokens, trees |
//! | [`heavy`] | texts that would take long if something took time by the square |
//! | [`judge`] | one input: compiled, timed, compiled again |
//! | [`layout`] | one input, formatted: stable, and with the same meaning |
//! | [`typing`] | one input, completed at some places: what is offered goes on with what was begun |
//! | [`run`] | many inputs, on several threads, and what there is to report |
//! | [`chance`] | numbers that look like chance |

pub mod chance;
pub mod change;
pub mod heavy;
pub mod judge;
pub mod layout;
pub mod run;
pub mod seeds;
pub mod typing;
