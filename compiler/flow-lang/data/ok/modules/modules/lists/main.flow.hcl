# Takes what it reaches and what it grants as lists.

variable "aws" {
  type = ref(integration.aws)
}

variable "integrations" {
  type = list(ref(integration))
}

variable "targets" {
  type    = list(ref(target.aws_lambda_function))
  default = []
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

environment "own" {
  integrations  = var.integrations
  error_channel = channel("#lists")
}

strategy "aws_lambda" "all" {
  integration = var.aws
  targets     = var.targets
}

flow "all" {
  environment = environment.own

  prompt {
    field "target" {
      type    = target
      allowed = var.targets
    }
  }

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }

  grant {
    strategy     = strategy.aws_lambda.all
    target       = request.fields.target
    duration     = "1h"
    max_duration = "1h"
  }
}
