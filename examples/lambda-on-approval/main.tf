# The rights that the flow needs, and no more: a role that the daemon may
# become with an external id, and that may call exactly the bundle's functions.

terraform {
  required_providers {
    flow = {
      source = "flow-access/flow"
    }
  }
}

variable "bundle" {
  type        = string
  default     = "flow.bundle.json"
  description = "The bundle that `flowc build` wrote."
}

variable "daemon_principal_arn" {
  type        = string
  description = "ARN of the one IAM role or user that the daemon runs as."
}

provider "flow" {}

data "flow_bundle" "this" {
  path = var.bundle
}

resource "flow_invoke_grant" "daemon" {
  deployment    = "demo"
  principal_arn = var.daemon_principal_arn
  lambda_arns   = data.flow_bundle.this.lambda_arns
  bundle_hash   = data.flow_bundle.this.content_hash
}

# `terraform output -raw binding >binding.json`: what the daemon reads.
output "binding" {
  value = flow_invoke_grant.daemon.binding
}
