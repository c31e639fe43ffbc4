# A lead approves, a Lambda function gives the access, and the same function
# takes it back when the time is up.

bundle "access" {
  language = 1
}

variable "function_arn" {
  type        = string
  description = "ARN of the access function with its alias, exactly as it is called."

  validation {
    condition     = is_lambda_arn(var.function_arn)
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

variable "region" {
  type        = string
  description = "The region of the function."
}

variable "leads" {
  type        = list(string)
  description = "E-mail addresses of the people who decide."

  validation {
    condition     = length(var.leads) >= 2
    error_message = "Name at least two people: nobody decides about their own request."
  }
}

integration "aws" "main" {
  region = var.region
}

environment "main" {
  integrations = [integration.aws.main]
}

group "leads" {
  members = [for email in var.leads : user(email)]
}

target "aws_lambda_function" "database" {
  label    = "Production database"
  function = var.function_arn
}

strategy "aws_lambda" "database" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.database]
}

flow "database" {
  label       = "Access to the production database"
  environment = environment.main

  prompt {
    field "reason" {
      label      = "Why do you need it?"
      type       = string
      min_length = 10
    }

    field "duration" {
      label   = "For how long?"
      type    = duration
      allowed = ["30m", "1h", "4h"]
    }
  }

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
    timeout   = "8h"
  }

  grant {
    strategy     = strategy.aws_lambda.database
    target       = target.aws_lambda_function.database
    duration     = request.fields.duration
    max_duration = "4h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "You have access. It is taken back when the time is up."
    }

    notify {
      when = !steps.escalate.ok
      to   = requester
      text = "The access could not be given; what may have been given is taken back."
    }
  }

  hook "after_deescalate" {
    notify {
      to   = requester
      text = "Your access was taken back."
    }
  }
}
