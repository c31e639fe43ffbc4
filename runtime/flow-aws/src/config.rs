//! Region, endpoints and the default credential chain, loaded once.
//!
//! Credentials come by the chain of the SDK: environment, profile, web identity, ECS, instance
//! metadata. Endpoints and proxies that stand in the environment are another matter: whoever can
//! set `AWS_ENDPOINT_URL` would read every signed request, so they count only when the caller says
//! so. The chain's own call to STS (web identity) can't be kept from reading them, so there they
//! are refused. Nothing here makes a request, except that the chain may ask the metadata service
//! for the region.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::credentials::Credentials;
use crate::failure::Failure;

/// What the caller has to say; everything has a safe default.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Region of STS and IAM calls; absent: from the environment or the profile.
    pub region: Option<String>,
    /// Name of the profile; absent: `AWS_PROFILE`, then `default`.
    pub profile: Option<String>,
    /// Keys to use instead of the default chain.
    pub credentials: Option<Credentials>,
    /// Endpoints to use instead of AWS's own.
    pub endpoints: Endpoints,
    /// Whether `AWS_ENDPOINT_URL*`, the profile's `endpoint_url` and proxy variables count.
    pub allow_endpoint_env: bool,
}

/// Endpoints by service, each a URL with scheme.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// For IAM.
    pub iam: Option<String>,
    /// For Lambda.
    pub lambda: Option<String>,
    /// For STS.
    pub sts: Option<String>,
}

impl Endpoints {
    /// The same endpoint for every service, as emulators want it.
    #[must_use]
    pub fn all(url: &str) -> Self {
        let url = Some(url.to_owned());
        Self { iam: url.clone(), lambda: url.clone(), sts: url }
    }
}

/// The shared configuration that every client is made from.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) sdk: SdkConfig,
    pub(crate) endpoints: Endpoints,
}

impl Aws {
    /// Loads region and credential chain.
    ///
    /// # Errors
    /// When no region is named anywhere: STS and Lambda can't be reached without one. When
    /// endpoints of the environment don't count, but the credential chain would follow them.
    pub async fn load(options: Options) -> Result<Self, Failure> {
        if !options.allow_endpoint_env && options.credentials.is_none() {
            refuse_web_identity_elsewhere(|name| std::env::var_os(name).is_some())?;
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = options.region {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(credentials) = options.credentials {
            loader = loader.credentials_provider(credentials.sdk().clone());
        }
        if !options.allow_endpoint_env {
            loader = loader.http_client(direct_client());
        }
        let mut sdk = loader.load().await;
        if !options.allow_endpoint_env {
            let mut builder = sdk.into_builder();
            builder.set_endpoint_url(None);
            builder.set_service_config(Some(Silent));
            sdk = builder.build();
        }
        if sdk.region().is_none() {
            return Err(no_region());
        }
        Ok(Self { sdk, endpoints: options.endpoints })
    }

    /// The region that was found.
    #[must_use]
    pub fn region(&self) -> &str {
        self.sdk.region().map_or("", |region| region.as_ref())
    }
}

/// An HTTPS client that goes straight to the endpoint: the SDK's own follows `HTTPS_PROXY`.
fn direct_client() -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}

/// Clients look up `AWS_ENDPOINT_URL_<SERVICE>` and the profile's `services` by this: nothing there.
#[derive(Debug)]
struct Silent;

impl LoadServiceConfig for Silent {
    fn load_config(&self, _: ServiceConfigKey<'_>) -> Option<String> {
        None
    }
}

fn refuse_web_identity_elsewhere(is_set: impl Fn(&str) -> bool) -> Result<(), Failure> {
    if !is_set("AWS_WEB_IDENTITY_TOKEN_FILE") {
        return Ok(());
    }
    match ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"].into_iter().find(|name| is_set(name)) {
        Some(name) => Err(Failure::invalid(format!(
            "{name} is set, and the web identity token would be sent there; unset it"
        ))),
        None => Ok(()),
    }
}

fn no_region() -> Failure {
    Failure::invalid(
        "no AWS region is set; name one in the configuration, in AWS_REGION or in the profile"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::refuse_web_identity_elsewhere;

    #[test]
    fn a_web_identity_token_is_not_sent_to_an_endpoint_of_the_environment() {
        let table: [(&[&str], bool); 4] = [
            (&[], true),
            (&["AWS_ENDPOINT_URL"], true),
            (&["AWS_WEB_IDENTITY_TOKEN_FILE"], true),
            (&["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL_STS"], false),
        ];
        for (set, allowed) in table {
            let answer = refuse_web_identity_elsewhere(|name| set.contains(&name));
            assert_eq!(answer.is_ok(), allowed, "{set:?}");
        }
    }
}
