//! The one crate that links the AWS SDK: thin async verbs for the daemon and the provider.
//!
//! No policy and no flows here. What may be called, how often it is tried again and what a failure
//! means for a request is decided by the callers; this crate says exactly what happened.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`config`] | region, endpoints and the default credential chain, loaded once |
//! | [`credentials`] | the keys of one session; they never print themselves |
//! | [`failure`] | what a call to STS or IAM failed with |
//! | [`sts`] | who am I, and becoming a role |
//! | [`lambda`] | one invocation, one request |
//! | [`iam`] | roles, policies and tags, as the provider needs them |

pub mod config;
pub mod credentials;
pub mod failure;
pub mod iam;
pub mod lambda;
pub mod sts;

pub use config::{Aws, Endpoints, Options};
pub use credentials::Credentials;
pub use failure::{Failure, Kind};
