//! `data "flow_bundle"`: what a bundle reaches, read from its file.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::BundleFile;
use flow_bundle::codec;
use tfplugin::resource::Outcome;
use tfplugin::{Attribute, DataSource, Diagnostic, Object, Schema, Type, Value, async_trait};

use crate::cloud::Cloud;

/// The data source.
pub struct Bundle;

#[async_trait]
impl DataSource<Cloud> for Bundle {
    fn name(&self) -> &'static str {
        "flow_bundle"
    }

    fn schema(&self) -> Schema {
        let strings = || Type::list(Type::String);
        Schema {
            version: 0,
            description: "Reads a bundle that `flowc build` wrote: what it is called, which flows \
                          it holds, and everything that it reaches.",
            attributes: vec![
                Attribute::required("path", Type::String, "Path of the bundle file."),
                Attribute::computed("name", Type::String, "The bundle's name."),
                Attribute::computed(
                    "content_hash",
                    Type::String,
                    "Hash of what the flows mean; the same for the same meaning.",
                ),
                Attribute::computed("flows", strings(), "Addresses of the flows, sorted."),
                Attribute::computed(
                    "lambda_arns",
                    strings(),
                    "Every Lambda function that is called, exactly as it is called, sorted.",
                ),
                Attribute::computed(
                    "lambda_uses",
                    Type::map(strings()),
                    "For each function, the places in the bundle that call it.",
                ),
                Attribute::computed(
                    "integrations",
                    strings(),
                    "Addresses of the integrations, sorted.",
                ),
                Attribute::computed("secrets", strings(), "Names of the secrets, sorted."),
                Attribute::computed(
                    "destinations",
                    strings(),
                    "Every channel and person that hears, sorted.",
                ),
            ],
            blocks: Vec::new(),
        }
    }

    async fn read(&self, _: Option<&Cloud>, config: Object) -> Outcome {
        let path = config.string("path").known().unwrap_or_default();
        match load(&path).await {
            Ok(file) => Outcome::done(state(&path, &file)),
            Err(why) => {
                let diagnostic = Diagnostic::error("Can't read the bundle", why);
                Outcome::failed(None, diagnostic.at_attribute("path"))
            }
        }
    }
}

async fn load(path: &str) -> Result<BundleFile, String> {
    let bytes = tokio::fs::read(path)
        .await
        .map_err(|error| format!("`{path}`: {error}; `flowc build DIR -o {path}` writes it"))?;
    codec::read(&bytes).map_err(|error| format!("`{path}`: {error}"))
}

fn state(path: &str, file: &BundleFile) -> Object {
    let bundle = &file.bundle;
    let reach = &bundle.reach;
    let arns: BTreeSet<&String> = reach.aws_lambda.iter().map(|lambda| &lambda.arn).collect();
    let mut uses: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for lambda in &reach.aws_lambda {
        uses.entry(&lambda.arn).or_default().extend(&lambda.uses);
    }
    let destinations: BTreeSet<&String> = reach.slack.iter().map(|slack| &slack.to).collect();
    let uses = uses.into_iter().map(|(arn, uses)| (arn.clone(), Value::strings(uses)));
    Object::new([
        ("path", path.into()),
        ("name", bundle.name.as_str().into()),
        ("content_hash", file.content_hash.to_string().into()),
        ("flows", Value::strings(bundle.flows.keys())),
        ("lambda_arns", Value::strings(arns)),
        ("lambda_uses", Value::Map(uses.collect())),
        ("integrations", Value::strings(bundle.integrations.keys())),
        ("secrets", Value::strings(bundle.secrets.keys())),
        ("destinations", Value::strings(destinations)),
    ])
}
