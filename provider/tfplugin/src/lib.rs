//! Terraform's plugin protocol, version 6, for providers: no AWS and no flows.
//!
//! A provider is a table of resources and data sources ([`Provider`]); [`serve`] does the rest:
//! handshake, mutual TLS, one remote procedure call per file, and the rules of planning that hold
//! for every resource.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`provider`], [`resource`], [`data_source`] | the traits that a provider fills in |
//! | [`schema`], [`types`] | what users may write, and its types |
//! | [`value`], [`object`] | values, known or not, and typed access to an object's attributes |
//! | [`msgpack`], [`json`] | the two encodings of values |
//! | [`path`], [`diagnostics`] | what is wrong, and where |
//! | `rpc` | one file per remote procedure call: decode, call, encode |
//! | [`serve`], `handshake`, `tls`, `connections`, `services` | the process around them |
//! | [`log`] | lines that the host shows under `TF_LOG` |
//! | [`stop`] | the user's wish to end an apply early |
//!
//! Not here: functions, ephemeral resources, identity, actions, and nested blocks other than
//! single ones. A host that asks for them is answered UNIMPLEMENTED, which it expects.

mod connections;
pub mod data_source;
pub mod diagnostics;
mod handshake;
pub mod json;
pub mod log;
pub mod msgpack;
pub mod object;
pub mod path;
mod pb;
pub mod provider;
pub mod resource;
mod rpc;
pub mod schema;
pub mod serve;
mod services;
pub mod stop;
mod tls;
pub mod types;
pub mod value;

pub use data_source::DataSource;
pub use diagnostics::{Diagnostic, Diagnostics};
pub use object::{Field, Object};
pub use path::Path;
pub use provider::Provider;
pub use resource::Resource;
pub use schema::{Attribute, Schema};
pub use serve::serve;
pub use stop::Stop;
/// Lets implementors of the traits write `async fn`.
pub use tonic::async_trait;
pub use types::Type;
pub use value::Value;
