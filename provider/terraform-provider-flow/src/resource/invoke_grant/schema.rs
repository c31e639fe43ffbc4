//! The attributes.

use tfplugin::{Attribute, Schema, Type};

/// What users write and read.
pub fn schema() -> Schema {
    let mut attributes = written();
    attributes.extend(computed());
    Schema {
        version: 0,
        description: "The IAM roles that a Flow daemon becomes to invoke Lambda functions: trusted \
                      by exactly one principal with an external id, and allowed \
                      `lambda:InvokeFunction` on exactly the given functions. The roles belong to \
                      this resource alone; other policies in them are removed.",
        attributes,
        blocks: Vec::new(),
    }
}

fn written() -> Vec<Attribute> {
    vec![
        Attribute::required(
            "deployment",
            Type::String,
            "Name of the deployment: lower case letters, digits and hyphens. Another name makes \
             other roles.",
        )
        .replaces(),
        Attribute::required(
            "lambda_arns",
            Type::set(Type::String),
            "ARNs of the functions, each exactly as it is called: `data.flow_bundle.….lambda_arns`.",
        ),
        Attribute::optional(
            "bundle_hash",
            Type::String,
            "The bundle's `content_hash`, kept as a tag on the roles.",
        ),
        Attribute::required(
            "principal_arn",
            Type::String,
            "ARN of the one IAM role or user that the daemon runs as.",
        ),
        Attribute::optional("name_prefix", Type::String, "What the names of roles begin with.")
            .or("flow-")
            .replaces(),
        Attribute::optional("path", Type::String, "IAM path of roles and policies.")
            .or("/flow/")
            .replaces(),
        Attribute::optional(
            "permissions_boundary_arn",
            Type::String,
            "ARN of the policy that bounds the roles.",
        ),
        Attribute::optional(
            "attach_assume_policy",
            Type::Bool,
            "Whether the daemon's principal gets the right to become the roles as an inline \
             policy. Say `false` for a principal of another account, and attach \
             `assume_policy_json` there.",
        )
        .or(true),
        Attribute::optional("tags", Type::map(Type::String), "Tags of roles and policies."),
    ]
}

fn computed() -> Vec<Attribute> {
    let policy = Type::object([
        ("role", Type::String),
        ("name", Type::String),
        ("arn", Type::String),
        ("document", Type::String),
    ]);
    vec![
        Attribute::computed(
            "external_id",
            Type::String,
            "What the daemon has to name to become a role: 128 random bits, made once. An \
             identifier, no secret.",
        ),
        Attribute::computed("role_arns", Type::list(Type::String), "ARNs of the roles."),
        Attribute::computed("trust_policy", Type::String, "The trust policy of every role."),
        Attribute::computed(
            "policies",
            Type::list(policy),
            "All policies of the roles; an inline one has no `arn`.",
        ),
        Attribute::computed(
            "assume_policy_json",
            Type::String,
            "The policy that lets the daemon's principal become the roles.",
        ),
        Attribute::computed(
            "binding",
            Type::String,
            "What the daemon reads: JSON of `{ deployment, external_id, roles: [{ role_arn, \
             function_arns }] }`.",
        ),
    ]
}
