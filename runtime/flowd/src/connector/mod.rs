//! What the daemon can call, one file for each kind.
//!
//! A connector performs one effect and says which of three things became of it: answered, certainly
//! not done, or perhaps done. It never tries again and never decides.
//!
//! To add a connector:
//! 1. a file here with a type that implements [`Connector`]; what can fail is tried by `examine`;
//! 2. a variant of `flow_engine::EffectKind`, and its line in [`Connectors::of`];
//! 3. its integration's type in `load.rs`, so that bundles that use it are taken;
//! 4. tests beside it: each exchange must classify as answered, refused or unknown;
//! 5. its secrets and limits in `SECURITY.md`.

pub mod lambda;
#[cfg(test)]
pub mod scripted;
pub mod tried;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use flow_bundle::bundle::ErrorKind;
use flow_engine::{Effect, EffectKind, Outcome};

use tried::Tried;

/// A call that is under way.
pub type Calling<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// What is being tried out.
pub type Trying = Pin<Box<dyn Future<Output = Vec<Tried>> + Send>>;

/// Something that can be called.
pub trait Connector: Send + Sync {
    /// Performs an effect, once.
    fn perform<'a>(&'a self, effect: &'a Effect) -> Calling<'a>;

    /// Tries out everything that it may have to do, and changes nothing outside.
    fn examine(self: Arc<Self>) -> Trying;
}

/// What no connector is there for. A bundle that needs it is refused when it is loaded, so this
/// answers only for a request whose bundle came from a later version.
struct NotBuilt;

impl Connector for NotBuilt {
    fn examine(self: Arc<Self>) -> Trying {
        Box::pin(async { Vec::new() })
    }

    fn perform<'a>(&'a self, effect: &'a Effect) -> Calling<'a> {
        let what = match &effect.kind {
            EffectKind::Step(call) => format!("steps of kind `{}`", call.kind),
            EffectKind::Access(call) => format!("strategies of type `{}`", call.kind),
            EffectKind::Lambda(_) | EffectKind::Message(_) => "this".to_owned(),
        };
        let message = format!(
            "this version has no connector for {what}: start the version that opened the request"
        );
        Box::pin(async {
            Outcome::Refused { kind: ErrorKind::Evaluation, message, retry_after_s: None }
        })
    }
}

/// Performs a call, and waits no longer than it may take. A connector that breaks breaks nothing else.
pub async fn in_time(connector: Arc<dyn Connector>, effect: &Arc<Effect>) -> Outcome {
    let (call, limit) = (Arc::clone(effect), Duration::from_secs(effect.deadline_s));
    let mut task = tokio::spawn(async move { connector.perform(&call).await });
    match tokio::time::timeout(limit, &mut task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => Outcome::Unknown {
            kind: ErrorKind::Internal,
            message: format!("the connector stopped: {error}"),
        },
        Err(_) => {
            task.abort();
            let message = format!("no answer within {} s", effect.deadline_s);
            Outcome::Unknown { kind: ErrorKind::Timeout, message }
        }
    }
}

/// Every connector. What is said has none yet: the message log hears it.
#[derive(Clone)]
pub struct Connectors {
    /// AWS Lambda.
    pub lambda: Arc<dyn Connector>,
}

impl Connectors {
    /// Performs a call that no request waits for.
    pub async fn perform(&self, effect: &Effect) -> Outcome {
        match self.of(effect) {
            Some(connector) => in_time(connector, &Arc::new(effect.clone())).await,
            None => Outcome::failed(ErrorKind::Internal, "nothing performs this".to_owned()),
        }
    }

    /// Tries out each of them.
    pub async fn examine(&self) -> Vec<Tried> {
        Arc::clone(&self.lambda).examine().await
    }

    /// The one that performs this.
    #[must_use]
    pub fn of(&self, effect: &Effect) -> Option<Arc<dyn Connector>> {
        match effect.kind {
            EffectKind::Lambda(_) => Some(Arc::clone(&self.lambda)),
            EffectKind::Step(_) | EffectKind::Access(_) => Some(Arc::new(NotBuilt)),
            EffectKind::Message(_) => None,
        }
    }
}
