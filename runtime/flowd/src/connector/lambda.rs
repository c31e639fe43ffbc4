//! AWS Lambda: the role of the binding, narrowed to one function; exactly the ARN of the bundle.
//!
//! `lambda-contract.md` is the law of what an answer means, and the engine reads answers. Here is
//! only the line between "certainly did not happen" and "may have happened". Nothing is tried
//! again: one effect, one request to the service.

mod examine;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use flow_aws::lambda::{Invoke, InvokeError, InvokeErrorKind, Invoked, Lambda, Mode as Way};
use flow_aws::sts::{AssumeRole, SESSION, Sts};
use flow_aws::{Aws, Credentials, Endpoints, Failure, Kind, Options};
use flow_bundle::bundle::ErrorKind;
use flow_engine::effect::{LambdaCall, Mode, Purpose};
use flow_engine::event::Answer;
use flow_engine::{Effect, EffectKind, Outcome};
use tokio::sync::OnceCell;

use super::{Calling, Connector, Trying};
use crate::app::App;

/// Most bytes of an answer (`engine.md`, Effects).
const ANSWER_MAX: usize = 64 * 1024;
/// Most characters of an answer that is no JSON that go into the error channel.
const NOT_JSON_MAX: usize = 500;
/// A session that ends sooner is not used any more.
const SPARE: Duration = Duration::from_secs(60);

/// AWS Lambda.
pub struct Lambdas {
    app: Arc<App>,
    clients: OnceCell<(Sts, Lambda)>,
    sessions: Mutex<BTreeMap<SessionKey, Credentials>>,
}

/// Role, function, session name. The name is a part of it so that CloudTrail tells which request
/// made a call.
type SessionKey = (String, String, String);

impl Lambdas {
    /// Makes no request.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app, clients: OnceCell::new(), sessions: Mutex::default() }
    }

    /// Clients of the service, made when first wanted: a deployment without functions needs no AWS.
    ///
    /// # Errors
    /// No region is set, or the environment would send credentials elsewhere.
    pub async fn clients(&self, function_arn: &str) -> Result<&(Sts, Lambda), Failure> {
        self.clients
            .get_or_try_init(|| async {
                let config = &self.app.config;
                let endpoint = |name: &str| config.endpoints.get(name).cloned();
                let region = function_arn.split(':').nth(3).map(str::to_owned);
                let aws = Aws::load(Options {
                    // STS is asked in the function's region where nothing else is said.
                    region: configured_region().or(region),
                    endpoints: Endpoints {
                        lambda: endpoint("lambda"),
                        sts: endpoint("sts"),
                        ..Endpoints::default()
                    },
                    allow_endpoint_env: config.dev,
                    ..Options::default()
                })
                .await?;
                Ok((Sts::new(&aws), Lambda::new(&aws)))
            })
            .await
    }

    async fn call(&self, effect: &Effect, call: &LambdaCall) -> Outcome {
        let (sts, lambda) = match self.clients(&call.function_arn).await {
            Ok(clients) => clients,
            Err(failure) => {
                return refused(ErrorKind::Auth, format!("cannot use AWS ({})", failure.message));
            }
        };
        let name = format!("flow-{}", effect.request.uuid());
        let credentials = match self.session(sts, name, &call.function_arn).await {
            Ok(credentials) => credentials,
            Err(outcome) => return outcome,
        };
        let mut payload = call.payload.clone();
        if call.purpose != Purpose::Step {
            self.app.signer.sign(&mut payload);
        }
        let invoked = lambda
            .invoke(Invoke {
                credentials: &credentials,
                function_arn: &call.function_arn,
                payload: payload.to_string().into_bytes(),
                mode: match call.mode {
                    Mode::Sync => Way::Sync,
                    Mode::Async => Way::Async,
                },
                timeout: Duration::from_secs(effect.deadline_s),
                response_max: ANSWER_MAX,
            })
            .await;
        match invoked {
            Ok(invoked) => self.answered(call.mode, invoked),
            Err(error) => failed(&call.function_arn, error),
        }
    }

    /// Keys of the role that may call this function, for nothing else; those of an earlier call of
    /// the same name while they last.
    async fn session(
        &self,
        sts: &Sts,
        name: String,
        function_arn: &str,
    ) -> Result<Credentials, Outcome> {
        let role =
            self.role(function_arn).ok_or_else(|| refused(ErrorKind::Auth, no_role(function_arn)));
        let (role_arn, external_id) = role?;
        let key = (role_arn, function_arn.to_owned(), name);
        if let Some(credentials) = self.cached(&key) {
            return Ok(credentials);
        }
        let credentials = become_role(sts, &key, &external_id)
            .await
            .map_err(|failure| not_assumed(&key.0, failure))?;
        self.sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, credentials.clone());
        Ok(credentials)
    }

    fn role(&self, function_arn: &str) -> Option<(String, String)> {
        let binding = self.app.binding.read().unwrap_or_else(PoisonError::into_inner);
        let binding = binding.as_ref()?;
        Some((binding.role_of(function_arn)?.to_owned(), binding.external_id.clone()))
    }

    fn cached(&self, key: &SessionKey) -> Option<Credentials> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let soon = SystemTime::now() + SPARE;
        sessions.retain(|_, credentials| credentials.expires_at().is_none_or(|end| end > soon));
        sessions.get(key).cloned()
    }

    fn answered(&self, mode: Mode, invoked: Invoked) -> Outcome {
        let mut answer = Answer {
            function_error: invoked.function_error,
            executed_version: invoked.executed_version,
            ..Answer::default()
        };
        if mode == Mode::Sync {
            match serde_json::from_slice(&invoked.payload) {
                Ok(payload) => answer.payload = Some(payload),
                Err(_) => {
                    let text = String::from_utf8_lossy(&invoked.payload);
                    let text = self.app.secrets.redact(&text);
                    answer.not_json = Some(text.chars().take(NOT_JSON_MAX).collect());
                }
            }
        }
        Outcome::Answered(answer)
    }
}

impl Connector for Lambdas {
    fn examine(self: Arc<Self>) -> Trying {
        Box::pin(examine::examine(self))
    }

    fn perform<'a>(&'a self, effect: &'a Effect) -> Calling<'a> {
        match &effect.kind {
            EffectKind::Lambda(call) => Box::pin(self.call(effect, call)),
            EffectKind::Step(_) | EffectKind::Access(_) | EffectKind::Message(_) => {
                Box::pin(async {
                    refused(ErrorKind::Evaluation, "this is no call of a function".to_owned())
                })
            }
        }
    }
}

/// Becomes the role, narrowed to the function.
async fn become_role(
    sts: &Sts,
    (role_arn, function_arn, name): &SessionKey,
    external_id: &str,
) -> Result<Credentials, Failure> {
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": function_arn,
        }],
    });
    sts.assume_role(AssumeRole {
        role_arn,
        external_id: Some(external_id),
        session_name: name,
        session_policy: Some(&policy.to_string()),
        duration: SESSION,
    })
    .await
}

fn configured_region() -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok())
}

/// What a function without a role needs.
const BIND: &str = "add the bundle to a `flow_invoke_grant`, run `terraform apply`, and give its output `binding` to the daemon";

/// What a role that nobody may become lacks.
const TRUST: &str = "its trust names the daemon's principal and the `external_id` of the binding; `terraform apply` of `flow_invoke_grant` sets both";

/// What a function without a role is told, here and when a bundle is loaded.
#[must_use]
pub fn no_role(function_arn: &str) -> String {
    format!("the binding has no role for `{function_arn}`: {BIND}")
}

fn refused(kind: ErrorKind, message: String) -> Outcome {
    Outcome::Refused { kind, message, retry_after_s: None }
}

/// The function was not called, whatever became of the session.
fn not_assumed(role_arn: &str, failure: Failure) -> Outcome {
    let kind = kind_of(failure.kind);
    let help = if kind == ErrorKind::Auth { format!(": {TRUST}") } else { String::new() };
    refused(kind, format!("cannot become `{role_arn}` ({}){help}", failure.message))
}

/// What it is for a request that a role cannot be become.
fn kind_of(failure: Kind) -> ErrorKind {
    match failure {
        Kind::Throttled => ErrorKind::Throttled,
        Kind::Connect | Kind::Unknown | Kind::Conflict => ErrorKind::Connect,
        Kind::AccessDenied
        | Kind::Credentials
        | Kind::NotFound
        | Kind::AlreadyExists
        | Kind::Quota
        | Kind::Invalid => ErrorKind::Auth,
    }
}

fn failed(function_arn: &str, error: InvokeError) -> Outcome {
    let said = error.message;
    match error.kind {
        InvokeErrorKind::Throttled { retry_after } => Outcome::Refused {
            kind: ErrorKind::Throttled,
            message: format!("`{function_arn}` is called too often ({said})"),
            retry_after_s: retry_after.map(|pause| pause.as_secs_f64().ceil() as u64),
        },
        InvokeErrorKind::Connect => refused(
            ErrorKind::Connect,
            format!("cannot reach Lambda for `{function_arn}` ({said})"),
        ),
        InvokeErrorKind::Auth => refused(
            ErrorKind::Auth,
            format!(
                "the role may not call `{function_arn}` ({said}): `terraform apply` of the `flow_invoke_grant` that lists it gives `lambda:InvokeFunction`"
            ),
        ),
        InvokeErrorKind::NotFound => refused(
            ErrorKind::NotFound,
            format!("there is no function or qualifier `{function_arn}` ({said})"),
        ),
        InvokeErrorKind::HttpStatus(status) => refused(
            ErrorKind::HttpStatus,
            format!("Lambda refused the call of `{function_arn}` with status {status} ({said})"),
        ),
        InvokeErrorKind::Timeout => unknown(ErrorKind::Timeout, function_arn, &said),
        InvokeErrorKind::Network => unknown(ErrorKind::Network, function_arn, &said),
        InvokeErrorKind::ServerError => unknown(ErrorKind::ServerError, function_arn, &said),
        InvokeErrorKind::TooLarge => unknown(ErrorKind::TooLarge, function_arn, &said),
        InvokeErrorKind::Internal => unknown(ErrorKind::Internal, function_arn, &said),
    }
}

fn unknown(kind: ErrorKind, function_arn: &str, said: &str) -> Outcome {
    Outcome::Unknown {
        kind,
        message: format!("nobody knows whether `{function_arn}` ran ({said})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_falls_on_the_right_side_of_the_line() {
        let invoke = |kind| {
            failed(
                "f",
                InvokeError {
                    kind,
                    message: "said".to_owned(),
                    code: None,
                    status: None,
                    request_id: None,
                },
            )
        };
        let throttled =
            InvokeErrorKind::Throttled { retry_after: Some(Duration::from_millis(1500)) };
        for (kind, want) in [
            (throttled, "refused throttled 2"),
            (InvokeErrorKind::Connect, "refused connect"),
            (InvokeErrorKind::Auth, "refused auth"),
            (InvokeErrorKind::NotFound, "refused not_found"),
            (InvokeErrorKind::HttpStatus(413), "refused http_status"),
            (InvokeErrorKind::Timeout, "unknown timeout"),
            (InvokeErrorKind::Network, "unknown network"),
            (InvokeErrorKind::ServerError, "unknown server_error"),
            (InvokeErrorKind::TooLarge, "unknown too_large"),
            (InvokeErrorKind::Internal, "unknown internal"),
        ] {
            let outcome = invoke(kind);
            let got = match &outcome {
                Outcome::Refused { kind, retry_after_s: Some(s), .. } => {
                    format!("refused {} {s}", kind.word())
                }
                Outcome::Refused { kind, .. } => format!("refused {}", kind.word()),
                Outcome::Unknown { kind, .. } => format!("unknown {}", kind.word()),
                Outcome::Answered(_) => "answered".to_owned(),
            };
            assert_eq!(got, want);
            let (Outcome::Refused { kind, .. } | Outcome::Unknown { kind, .. }) = outcome else {
                continue;
            };
            assert_eq!(kind.refused(), got.starts_with("refused"), "{got}");
        }
    }

    #[test]
    fn a_role_that_cannot_be_assumed_never_means_perhaps() {
        for kind in [Kind::AccessDenied, Kind::Credentials, Kind::Throttled, Kind::Unknown] {
            let failure =
                Failure { kind, code: None, message: "said".to_owned(), request_id: None };
            let Outcome::Refused { kind, .. } = not_assumed("r", failure) else {
                panic!("{kind:?} is not refused");
            };
            assert!(kind.refused());
        }
    }
}
