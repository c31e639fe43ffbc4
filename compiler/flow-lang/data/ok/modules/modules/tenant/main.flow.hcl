# Access of one tenant to its own function: a template, because it holds a flow.

variable "environment" {
  type = ref(environment)
}

variable "aws" {
  type = ref(integration.aws)
}

variable "people" {
  type = list(string)

  validation {
    condition     = length(var.people) >= 2
    error_message = "Two people at least, or nobody could decide on another's request."
  }
}

variable "function" {
  type = string
}

variable "title" {
  type = string
}

variable "longest" {
  type    = duration
  default = "1h"
}

locals {
  label = "Access of ${var.title}"
}

module "parts" {
  source = "../parts"
  people = var.people
}

target "aws_lambda_function" "own" {
  label    = local.label
  function = var.function
}

strategy "aws_lambda" "own" {
  integration = var.aws
  targets     = [target.aws_lambda_function.own]

  escalate {
    body = object({ login = string })
  }
}

message "granted" {
  args = { login = string }
  text = "${local.label}: log in as ${args.login}"
}

flow "access" {
  environment = var.environment

  prompt {
    field "reason" { type = string }
  }

  permissions {
    request = module.parts.group
    decide  = module.parts.group
  }

  approval "peer" {
    approvers = module.parts.group
  }

  grant {
    strategy     = strategy.aws_lambda.own
    target       = target.aws_lambda_function.own
    duration     = var.longest
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      when    = steps.escalate.ok
      to      = requester
      message = message.granted
      args    = { login = steps.escalate.output.body.login }
    }
  }
}

output "group" {
  value = module.parts.group
}
