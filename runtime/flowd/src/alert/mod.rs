//! Alerts: what a person has to look at now, told to whoever is on call.
//!
//! An alert is read out of the audit trail, behind a position of its own for each place that it goes
//! to ([`crate::export`]): so none is lost by a crash, and a place that is away holds up nobody. What
//! is over by the time that it would be told is not told.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | where to and about what, checked at the start |
//! | [`about`] | a record of the trail, as an alert |
//! | [`place`] | how an alert is told: PagerDuty, a webhook |

pub mod about;
pub mod config;
pub mod place;
