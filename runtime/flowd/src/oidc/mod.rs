//! Log-in by OpenID Connect: who somebody is, by the word of the organisation's own provider.
//!
//! People come by authorization code with PKCE, machines with a token that the provider gave them.
//! Deliberately not here: whose person a subject is (`people/links.rs`), and what a session is: a
//! token like any other, kept in a cookie, so that revoking and shutting out act on it at once.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | `[oidc]` of the configuration |
//! | [`jwt`] | reads and verifies a signed token; pure |
//! | [`keys`] | the provider's keys, as it publishes them |
//! | [`attempt`] | one log-in that is under way |
//! | [`provider`] | what is asked of the provider |

pub mod attempt;
pub mod config;
pub mod jwt;
pub mod keys;
pub mod provider;
#[cfg(test)]
mod tests;
