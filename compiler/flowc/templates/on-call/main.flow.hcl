# Whoever is on call has the access at once; everybody else waits for a lead. Where PagerDuty does
# not answer, nobody counts as on call.

bundle "on-call" {
  language = 1
}

variable "schedule" {
  type        = string
  description = "The id of the PagerDuty schedule."
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

secret "pagerduty_token" {
  description = "A read-only API token of PagerDuty."
}

integration "pagerduty" "main" {
  api_token = secret.pagerduty_token
}

integration "aws" "main" {
  region = var.region
}

environment "main" {
  integrations = [integration.pagerduty.main, integration.aws.main]
}

group "leads" {
  members = [for email in var.leads : user(email)]
}

target "aws_lambda_function" "production" {
  label    = "Production"
  function = var.function_arn
}

strategy "aws_lambda" "production" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.production]
}

flow "production" {
  label = "Production"

  # Said here, because the flow approves without a person under the condition below.
  allow_auto_approval = true

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

  hook "on_request" {
    step "pagerduty_on_call" "duty" {
      user     = requester
      schedule = var.schedule
      on_error = "continue"
    }

    decision "approve" {
      when   = steps.duty.ok && steps.duty.output.on_call
      reason = "On call: ${request.fields.reason}"
    }

    notify {
      when = !steps.duty.ok
      to   = group.leads
      text = "PagerDuty does not answer, so somebody has to decide."
    }
  }

  approval "lead" {
    approvers = group.leads
    timeout   = "1h"
  }

  grant {
    strategy     = strategy.aws_lambda.production
    target       = target.aws_lambda_function.production
    duration     = request.fields.duration
    max_duration = "4h"
  }

  # Nobody was asked: then the leads hear of it.
  hook "after_escalate" {
    notify {
      when = steps.escalate.ok && length(run.approved_by) == 0
      to   = group.leads
      text = "${requester.name} is on call and has production for ${request.fields.duration}: ${request.fields.reason}"
    }
  }
}
