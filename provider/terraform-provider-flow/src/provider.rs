//! The provider block, and the table of what can be managed and read.
//!
//! Access comes as in every AWS tool: environment, profile, web identity, ECS, instance metadata,
//! and `AWS_ENDPOINT_URL*` counts. Terraform's principal is a person's or a pipeline's, no daemon's.

use flow_aws::{Aws, Endpoints, Options};
use tfplugin::schema::Block;
use tfplugin::{
    Attribute, DataSource, Diagnostic, Diagnostics, Object, Provider, Resource, Schema, Type,
    async_trait,
};

use crate::cloud::Cloud;
use crate::data_source::Bundle;
use crate::fault;
use crate::resource::InvokeGrant;

/// The source address; Terraform and OpenTofu each add their own default host.
pub const ADDRESS: &str = "flow-access/flow";

/// The provider `flow`.
pub struct FlowProvider;

#[async_trait]
impl Provider for FlowProvider {
    type Client = Cloud;

    fn schema(&self) -> Schema {
        let url = |name, description| Attribute::optional(name, Type::String, description);
        Schema {
            version: 0,
            description: "Grants a Flow daemon the right to invoke exactly the Lambda functions \
                          that a bundle calls.",
            attributes: vec![
                Attribute::optional(
                    "region",
                    Type::String,
                    "AWS region whose partition is managed. Default: `AWS_REGION`, or the \
                     profile's.",
                ),
                Attribute::optional(
                    "profile",
                    Type::String,
                    "AWS profile. Default: `AWS_PROFILE`, or `default`.",
                ),
            ],
            blocks: vec![Block {
                name: "endpoints",
                description: "Endpoints to use instead of AWS's own.",
                attributes: vec![
                    url("iam", "URL of the IAM endpoint."),
                    url("sts", "URL of the STS endpoint."),
                ],
            }],
        }
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Cloud>>> {
        vec![Box::new(InvokeGrant)]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Cloud>>> {
        vec![Box::new(Bundle)]
    }

    async fn configure(&self, config: Object) -> Result<Cloud, Diagnostics> {
        let blocks = config.objects("endpoints").known().unwrap_or_default();
        let endpoint = |name| blocks.first().and_then(|endpoints| endpoints.string(name).known());
        let options = Options {
            region: config.string("region").known(),
            profile: config.string("profile").known(),
            credentials: None,
            endpoints: Endpoints { iam: endpoint("iam"), lambda: None, sts: endpoint("sts") },
            allow_endpoint_env: true,
        };
        let aws = Aws::load(options).await.map_err(|failure| {
            let detail = fault::sentence(&failure);
            Diagnostics::from(Diagnostic::error("No access to AWS", detail).at_attribute("region"))
        })?;
        Ok(Cloud::new(&aws))
    }
}
