//! The hosts behind what is reached, for a firewall or a list of allowed egress.
//!
//! They follow from the integrations and the outbound set, so they stand in no bundle. Not here:
//! what the daemon calls by its own configuration, such as STS of its own region or the source of
//! a secret, and what a called function or service calls itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use url::Url;

use super::{calls, list};
use crate::bundle::{Bundle, Integration, MemberReach};
use crate::expr::Expr;

/// A host that is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Host {
    /// Its name, with `:port` where that is not the scheme's own.
    pub host: String,
    /// Addresses of the integrations that it is called for.
    pub integrations: Vec<String>,
}

/// A partition of AWS: how its regions begin, its name, the end of its host names, and where its
/// IAM is.
type Partition = (&'static str, &'static str, &'static str, &'static str);

const COMMERCIAL: Partition = ("", "aws", "amazonaws.com", "iam.amazonaws.com");
const PARTITIONS: &[Partition] = &[
    ("cn-", "aws-cn", "amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com", "iam.us-gov.amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov", "iam.us-iso-east-1.c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov", "iam.us-isob-east-1.sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "iam.eu-isoe-west-1.cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov", "iam.us-isof-south-1.csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu"),
];

fn partition_of(region: &str) -> Partition {
    let found = PARTITIONS.iter().find(|(start, ..)| region.starts_with(start));
    found.copied().unwrap_or(COMMERCIAL)
}

/// The partition of AWS that a region is in.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    partition_of(region).1
}

/// Every host that the bundle's `reach` leads to, sorted.
#[must_use]
pub fn hosts(bundle: &Bundle) -> Vec<Host> {
    let mut found = Hosts { bundle, all: BTreeMap::new() };
    found.aws();
    let reach = &bundle.reach;
    for service in &reach.http {
        found.url(&service.url, &service.integration);
    }
    let asked = [
        reach.okta_group.iter().map(|r| &r.integration).collect::<Vec<_>>(),
        reach.people.iter().map(|r| &r.integration).collect(),
        reach.pagerduty.iter().map(|r| &r.integration).collect(),
        reach.github.iter().map(|r| &r.integration).collect(),
        reach.slack.iter().filter_map(|r| r.integration.as_ref()).collect(),
    ];
    for address in asked.into_iter().flatten() {
        found.vendor(address);
    }
    let entry = |(host, integrations)| Host { host, integrations: list(integrations) };
    found.all.into_iter().map(entry).collect()
}

struct Hosts<'b> {
    bundle: &'b Bundle,
    all: BTreeMap<String, BTreeSet<String>>,
}

impl<'b> Hosts<'b> {
    fn add(&mut self, host: impl Into<String>, integration: &str) {
        self.all.entry(host.into()).or_default().insert(integration.to_owned());
    }

    fn text(&self, address: &str, name: &str) -> Option<&'b str> {
        self.bundle.integrations.get(address).and_then(|i| text(i, name))
    }

    /// A service of AWS, and where the keys for it come from.
    fn regional(&mut self, service: &str, region: &str, integration: &str) {
        let (.., end, _) = partition_of(region);
        self.add(format!("{service}.{region}.{end}"), integration);
        self.add(format!("sts.{region}.{end}"), integration);
    }

    fn aws(&mut self) {
        let reach = &self.bundle.reach;
        for call in &reach.aws_lambda {
            // A function is called in its own region, whatever its integration says.
            if let Some(region) = call.arn.split(':').nth(3) {
                self.regional("lambda", region, &call.integration);
            }
        }
        let sets = reach.aws_sso_permission_set.iter().map(|r| ("sso", &r.integration));
        let groups = reach.aws_sso_group.iter().map(|r| ("identitystore", &r.integration));
        for (service, integration) in sets.chain(groups) {
            let region = self.text(integration, "region").unwrap_or_default();
            self.regional(service, region, integration);
        }
        for MemberReach { integration, .. } in &reach.aws_iam_group {
            let region = self.text(integration, "region").unwrap_or_default();
            let (.., end, iam) = partition_of(region);
            self.add(iam, integration);
            self.add(format!("sts.{region}.{end}"), integration);
        }
        for signer in self.signers() {
            let region = self.text(signer, "region").unwrap_or_default();
            let (.., end, _) = partition_of(region);
            self.add(format!("sts.{region}.{end}"), signer);
        }
    }

    /// The integrations whose roles sign calls over HTTP.
    fn signers(&self) -> BTreeSet<&'b str> {
        let reached: BTreeSet<&str> =
            self.bundle.reach.http.iter().map(|r| r.integration.as_str()).collect();
        let declared = reached.iter().filter_map(|a| self.bundle.integrations.get(*a));
        let declared = declared.filter_map(|i| i.attributes.get("auth")?.get("integration"));
        let own =
            calls(self.bundle).into_iter().filter_map(|(_, _, args)| match args.get("auth") {
                Some(Expr::Object(parts)) => parts.iter().find_map(|(name, of)| match of {
                    Expr::String(address) if name == "integration" => Some(address.as_str()),
                    _ => None,
                }),
                _ => None,
            });
        declared.filter_map(Json::as_str).chain(own).collect()
    }

    /// A service that is known by the type of its integration.
    fn vendor(&mut self, address: &str) {
        let Some(integration) = self.bundle.integrations.get(address) else { return };
        match integration.kind.as_str() {
            "okta" => self.add(text(integration, "domain").unwrap_or_default(), address),
            "pagerduty" => {
                let is_eu = text(integration, "region") == Some("eu");
                self.add(if is_eu { "api.eu.pagerduty.com" } else { "api.pagerduty.com" }, address);
            }
            "github" => match text(integration, "base_url") {
                Some(url) => self.url(url, address),
                None => self.add("api.github.com", address),
            },
            "slack" => self.add("slack.com", address),
            // People of AWS are those of IAM Identity Center.
            "aws" => {
                let region = text(integration, "region").unwrap_or_default();
                self.regional("identitystore", region, address);
            }
            _ => {}
        }
    }

    fn url(&mut self, text: &str, integration: &str) {
        let Ok(url) = Url::parse(text) else { return };
        let Some(host) = url.host_str() else { return };
        match url.port() {
            Some(port) => self.add(format!("{host}:{port}"), integration),
            None => self.add(host, integration),
        }
    }
}

fn text<'b>(integration: &'b Integration, name: &str) -> Option<&'b str> {
    integration.attributes.get(name).and_then(Json::as_str)
}
