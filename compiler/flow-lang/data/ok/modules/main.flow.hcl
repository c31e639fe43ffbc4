# A flow per tenant: for_each over a module, and over the blocks of one.

bundle "tenants" {
  language = 1
}

variable "tenants" {
  type = map(object({
    people   = list(string)
    function = string
    longest  = optional(duration, "1h")
  }))

  validation {
    condition     = length(var.tenants) > 0
    error_message = "Name a tenant."
  }
}

secret "slack_token" {}

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_token
}

integration "aws" "by_region" {
  for_each = toset(["us-east-1", "eu-west-1"])
  region   = each.key
}

environment "prod" {
  integrations = [
    integration.slack.main,
    integration.aws.by_region["us-east-1"],
    integration.aws.by_region["eu-west-1"],
  ]
  error_channel = channel("#flow-errors")
}

module "tenant" {
  source   = "./modules/tenant"
  for_each = var.tenants

  environment = environment.prod
  aws         = integration.aws.by_region["us-east-1"]
  people      = each.value.people
  function    = each.value.function
  longest     = each.value.longest
  title       = upper(each.key)
}

module "auditors" {
  source  = "acme/people"
  version = "1.0.0"
  people  = ["audit@acme.example", "eve@acme.example"]
}

module "lists" {
  source       = "./modules/lists"
  aws          = integration.aws.by_region["us-east-1"]
  integrations = [integration.slack.main, integration.aws.by_region["us-east-1"]]
  targets      = target.aws_lambda_function.report[*]
}

target "aws_lambda_function" "report" {
  for_each = { daily = "1", weekly = "2" }
  label    = "Report ${each.key}"
  function = "arn:aws:lambda:us-east-1:123456789012:function:report:${each.value}"
}

strategy "aws_lambda" "report" {
  integration = integration.aws.by_region["us-east-1"]
  targets     = target.aws_lambda_function.report[*]

  escalate {
    body = object({ message = string })
  }
}

flow "report" {
  for_each    = toset(["daily", "weekly"])
  environment = environment.prod

  permissions {
    request = union(module.tenant["acme"].group, module.auditors.group)
  }

  approval "audit" {
    approvers = module.auditors.group
  }

  grant {
    strategy     = strategy.aws_lambda.report
    target       = target.aws_lambda_function.report[each.key]
    duration     = each.value == "daily" ? "1h" : "2h"
    max_duration = "2h"
  }
}

# What was called otherwise before there were instances and modules.
moved {
  from = flow.daily_report
  to   = flow.report["daily"]
}

moved {
  from = target.aws_lambda_function.reports
  to   = target.aws_lambda_function.report
}

moved {
  from = module.customer
  to   = module.tenant
}
