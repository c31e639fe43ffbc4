//! What belongs to HTTP calls: the integration, and the ways to say who calls.

use super::kinds::{Kind, integration, kind_of};
use super::{Attribute, Family, Form, one, optional, required, with_default};

const fn auth(word: &'static str, attributes: &'static [Attribute]) -> Kind {
    kind_of(Family::Auth, word, attributes)
}

const TOKEN_URL: Attribute = required("token_url", Form::Static)
    .takes("string")
    .doc("Where the token is fetched; it is part of what the bundle reaches.");
const CLIENT_ID: Attribute = required("client_id", Form::Static)
    .takes("string or secret")
    .doc("The id of the client, as a text or a secret.");
const CLIENT_SECRET: Attribute =
    required("client_secret", Form::Secret).doc("The secret of the client.");
const SCOPES: Attribute = with_default("scopes", Form::Static, "[]")
    .takes("list of strings")
    .doc("The rights that are asked for.");
const USERNAME: Attribute = required("username", Form::Static)
    .takes("string or secret")
    .doc("The name, as a text or a secret.");
const PASSWORD: Attribute = required("password", Form::Secret).doc("The password.");

pub(super) static KINDS: &[Kind] = &[
    Kind {
        children: &[one("auth")],
        ..integration(
            "http",
            &[
                required("base_url", Form::Static).takes("string").doc(
                    "What every path is put behind, as `https://api.acme.example/v1`: only path, \
                     query, headers and body of a call may vary.",
                ),
                with_default("headers", Form::Static, "{}")
                    .takes("map of strings or secrets")
                    .doc("Headers of every call."),
                with_default("insecure", Form::Bool, "false")
                    .doc("Allows `http` without TLS, for a network of your own."),
                with_default("allow_private_networks", Form::Bool, "false").doc(
                    "Allows private addresses. The daemon's configuration must allow them too.",
                ),
                with_default("max_response_bytes", Form::Count, "1048576")
                    .doc("How large an answer may be; a larger one is a failure."),
            ],
        )
    }
    .doc("A service over HTTP. `auth` says who calls it."),
    auth("basic", &[USERNAME, PASSWORD]).doc("Name and password with each call."),
    auth("bearer", &[required("token", Form::Secret).doc("The token.")])
        .doc("A token with each call."),
    auth(
        "aws_sigv4",
        &[
            required("integration", Form::Reference)
                .doc("The integration of type `aws` whose role signs."),
            required("service", Form::Text).doc("The service that is called, as `execute-api`."),
            optional("region", Form::Text).doc("Its region. Absent: that of the integration."),
        ],
    )
    .doc("Each call is signed for AWS."),
    auth(
        "oauth2_client_credentials",
        &[
            TOKEN_URL,
            CLIENT_ID,
            CLIENT_SECRET,
            SCOPES,
            with_default("style", Form::Word(&["basic", "body"]), "basic")
                .doc("Whether id and secret are sent as a header or in the body."),
        ],
    )
    .doc("A token for the client itself. The daemon keeps it until it expires."),
    auth("oauth2_password", &[TOKEN_URL, USERNAME, PASSWORD, CLIENT_ID, CLIENT_SECRET, SCOPES])
        .doc("A token for a name and a password. The daemon keeps it until it expires."),
];
