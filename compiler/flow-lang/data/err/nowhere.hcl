# Declarations without instances: their faults are told before there is the first.
bundle "nowhere" {
  language = 1
}

variable "teams" {
  type    = map(object({ members = list(user), label = string }))
  default = {}
}

integration "aws" "main" {
  region = "us-east-1"
}

environment "main" {
  integrations  = [integration.aws.main]
  error_channel = channel("#errors")
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

group "team" {
  for_each = var.teams
  members  = each.value.people
}

group "none" {
  for_each = toset([])
  members  = each.value
}

target "aws_lambda_function" "db" {
  for_each = var.teams
  label    = each.value.label
  function = 5
}

flow "ask" {
  for_each    = var.teams
  label       = "Ask ${each.value.label}"
  environment = environment.main

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leeds
    quorum    = each.value.label
  }
}

flow "asks" {
  environment = environment.main

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }
}

# Its list comes out empty.
strategy "aws_lambda" "none" {
  integration = integration.aws.main
  targets     = target.aws_lambda_function.db[*]
}
