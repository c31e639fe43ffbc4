# Blocks and types that the other modules have no use for: each stands here once.

bundle "every" {
  language = 1
}

variable "stage" {
  type        = string
  default     = "prod"
  description = "Where this runs."
}

check "stage" {
  assert {
    condition     = var.stage != ""
    error_message = "The stage is not named."
  }
}

secret "pagerduty" {}

secret "github" {}

secret "okta" {}

integration "aws" "main" {
  region = "us-east-1"
}

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta
}

integration "pagerduty" "_main" {
  api_token = secret.pagerduty
}

integration "github" "main" {
  organization = "acme"
  token        = secret.github
}

environment "main" {
  integrations  = [integration.aws.main, integration.okta.main, integration.github.main]
  error_channel = user("ops@acme.example")
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

target "aws_sso_permission_set" "_admin" {
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
  account_id         = "123456789012"
}

target "aws_sso_group" "_people" {
  group_id = "906abc"
}

target "aws_iam_group" "_users" {
  group = "users"
}

target "okta_group" "crew" {
  group_id = "00gCrew"
}

target "github_repo" "_site" {
  repo       = "site"
  permission = "push"
}

target "github_team" "_team" {
  team = "crew"
  role = "member"
}

strategy "okta_group" "crew" {
  integration = integration.okta.main
  targets     = [target.okta_group.crew]
}

flow "crew" {
  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }

  grant {
    strategy     = strategy.okta_group.crew
    target       = target.okta_group.crew
    duration     = "1h"
    max_duration = "1h"
  }
}
