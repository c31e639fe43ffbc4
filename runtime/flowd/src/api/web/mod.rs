//! The page for people without Slack: rendered here, no script, behind log-in by OIDC.
//!
//! It decides nothing. What it shows and does goes through the routes of the API with the rights of
//! a session, which is a token in a cookie; so whoever is shut out, or whose session was revoked, is
//! refused at the next click. Every form carries a token of its session against forged calls.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`table`] | every page with who may open it |
//! | [`serve`] | the way of one call, and the headers of every answer |
//! | [`session`] | cookies, and the token in each form |
//! | [`login`] | in, out, and the tokens of machines |
//! | [`frame`] | what stands around every page |
//! | [`home`], [`ask`], [`inputs`], [`show`] | the pages |

mod ask;
mod frame;
mod home;
mod inputs;
mod login;
pub mod serve;
mod session;
mod show;
pub mod table;
