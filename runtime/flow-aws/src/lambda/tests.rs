//! Every fault reaches the server once and is told apart.

mod fault;

use std::time::Duration;

use fault::{Reply, Server, answer, failure};

use super::{Invoke, InvokeError, InvokeErrorKind as Kind, Invoked, Lambda, Mode};
use crate::config::{Aws, Endpoints, Options};
use crate::credentials::Credentials;

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:alpha";

async fn lambda_at(url: &str) -> (Lambda, Credentials) {
    let keys = Credentials::from_keys("AKIDEXAMPLE", "secret");
    let options = Options {
        region: Some("eu-west-1".to_owned()),
        credentials: Some(keys.clone()),
        endpoints: Endpoints::all(url),
        ..Options::default()
    };
    (Lambda::new(&Aws::load(options).await.unwrap()), keys)
}

async fn invoke(
    (lambda, keys): &(Lambda, Credentials),
    mode: Mode,
    timeout: Duration,
) -> Result<Invoked, InvokeError> {
    lambda
        .invoke(Invoke {
            credentials: keys,
            function_arn: ARN,
            payload: b"{}".to_vec(),
            mode,
            timeout,
            response_max: 64,
        })
        .await
}

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn each_fault_reaches_the_server_once_and_is_told_apart() {
    let hint = [("retry-after", "7")];
    let throttled = |s| Kind::Throttled { retry_after: s };
    let table: Vec<(&str, Reply, Kind, Option<&str>)> = vec![
        ("cut after the request was read", Reply::Cut, Kind::Network, None),
        ("cut in the answer's body", Reply::CutInBody, Kind::Network, None),
        (
            "throttled, with a hint",
            failure(429, "TooManyRequestsException", &hint),
            throttled(Some(Duration::from_secs(7))),
            Some("TooManyRequestsException"),
        ),
        (
            "throttled",
            failure(429, "TooManyRequestsException", &[]),
            throttled(None),
            Some("TooManyRequestsException"),
        ),
        (
            "no right to call",
            failure(403, "AccessDeniedException", &[]),
            Kind::Auth,
            Some("AccessDeniedException"),
        ),
        (
            "no such function",
            failure(404, "ResourceNotFoundException", &[]),
            Kind::NotFound,
            Some("ResourceNotFoundException"),
        ),
        (
            "request too large",
            failure(413, "RequestTooLargeException", &[]),
            Kind::HttpStatus(413),
            Some("RequestTooLargeException"),
        ),
        ("moved", answer(302, &[("location", "/")], ""), Kind::HttpStatus(302), None),
        (
            "internal fault",
            failure(500, "ServiceException", &[]),
            Kind::ServerError,
            Some("ServiceException"),
        ),
        (
            "a fault that the SDK counts as throttling",
            failure(502, "EC2ThrottledException", &[]),
            Kind::ServerError,
            Some("EC2ThrottledException"),
        ),
        ("a proxy's page", answer(504, &[], "<html>"), Kind::ServerError, None),
        ("an answer above the limit", answer(200, &[], &"x".repeat(65)), Kind::TooLarge, None),
    ];
    for (what, reply, kind, code) in table {
        let server = Server::start(reply);
        let error = invoke(&lambda_at(&server.url).await, Mode::Sync, PATIENCE).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (kind, code), "{what}: {error:?}");
        assert_eq!(server.requests(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_told_from_a_lost_one() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = invoke(&lambda_at(&format!("http://{closed}")).await, Mode::Sync, PATIENCE).await;
    assert_eq!(error.unwrap_err().kind, Kind::Connect);
    let unnamed = lambda_at("http://no-such-host.invalid").await;
    assert_eq!(invoke(&unnamed, Mode::Sync, PATIENCE).await.unwrap_err().kind, Kind::Connect);
}

#[tokio::test]
async fn silence_ends_at_the_callers_limit() {
    let server = Server::start(Reply::Silence);
    let lambda = lambda_at(&server.url).await;
    let error = invoke(&lambda, Mode::Sync, Duration::from_millis(1500)).await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Timeout, "no answer within 1.5 s"));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn answers_are_read_whole_over_one_connection() {
    let raised = [("x-amz-function-error", "Unhandled"), ("x-amz-executed-version", "$LATEST")];
    let server = Server::start(answer(200, &raised, r#"{"errorType":"ValueError"}"#));
    let lambda = lambda_at(&server.url).await;
    for timeout in [20, 30, 40] {
        let answer = invoke(&lambda, Mode::Sync, Duration::from_secs(timeout)).await.unwrap();
        assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
        assert_eq!(answer.executed_version.as_deref(), Some("$LATEST"));
        assert_eq!(answer.payload, br#"{"errorType":"ValueError"}"#);
    }
    assert_eq!((server.requests(), server.connections()), (3, 1), "limits must not split the pool");
}

#[tokio::test]
async fn the_status_tells_the_mode() {
    for (mode, status) in [(Mode::Async, 202), (Mode::DryRun, 204)] {
        let server = Server::start(answer(status, &[], ""));
        let answer = invoke(&lambda_at(&server.url).await, mode, PATIENCE).await.unwrap();
        assert_eq!((answer.status, answer.payload), (status, Vec::new()));
    }
}

#[tokio::test]
async fn what_is_no_function_is_not_called() {
    let server = Server::start(answer(200, &[], "{}"));
    let (lambda, keys) = lambda_at(&server.url).await;
    for arn in ["alpha", "arn:aws:s3:::bucket", "arn:aws:lambda::1:function:a"] {
        let call = Invoke {
            credentials: &keys,
            function_arn: arn,
            payload: Vec::new(),
            mode: Mode::Sync,
            timeout: PATIENCE,
            response_max: 1,
        };
        let error = lambda.invoke(call).await.unwrap_err();
        assert_eq!(error.message, format!("`{arn}` is not the ARN of a function"));
    }
    assert_eq!(server.requests(), 0);
}
