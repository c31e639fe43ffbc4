# Every gate between asking and having: who sees the form, what is refused at once, clicks that do
# not count, a last look before the call, and what is told afterwards.

bundle "prod-gates" { language = 1 }

variable "function_arn" {
  type        = string
  description = "The function that opens production; it also knows the change freeze."

  validation {
    condition     = is_lambda_arn(var.function_arn)
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "aws" "main" { region = "eu-central-1" }

environment "prod" {
  integrations  = [integration.slack.main, integration.aws.main]
  error_channel = channel("#flow-errors")
}

group "trained" { from_slack_usergroup = "S0TRAINED" }

group "sre" {
  members = [user("sam@acme.example"), user("sue@acme.example"), user("sid@acme.example")]
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

  prompt {
    field "reason" { type = string }
  }

  permissions {
    request = members

    # Contractors do not find it in the list; a convenience, the gates are the hooks below.
    list = !endswith(requester.email, "@contractors.example")
  }

  # No form for those who lack the training.
  hook "on_prompt" {
    decision "ignore" {
      when    = !is_member(requester, group.trained)
      message = "Production is for those with the operator training: ask #training."
    }
  }

  # A request by API shows no form, so the same is asked again, and refused before anybody hears.
  hook "on_request" {
    step "run_history" "denied" {
      user  = requester
      event = "deny"
      since = "1d"
    }

    decision "deny" {
      when   = !is_member(requester, group.trained)
      reason = "Production is for those with the operator training."
    }

    decision "deny" {
      when   = steps.denied.output.count >= 2
      reason = "Denied twice today: talk to SRE first."
    }
  }

  hook "after_request" {
    notify {
      to   = requester
      text = "SRE has been asked. They have an hour."
    }
  }

  approval "sre" {
    approvers   = group.sre
    ask_comment = "required"
    timeout     = "1h"
  }

  # During a freeze a click does not count: it is answered, and the request stays as it is.
  hook "on_approve" {
    step "aws_lambda" "freeze" {
      function = var.function_arn
      reads    = true
      timeout  = "5s"
      payload  = { op = "freeze", stage = event.stage }
      output   = object({ frozen = bool, until = optional(string) })
    }

    decision "ignore" {
      when    = steps.freeze.output.frozen
      message = "There is a change freeze until ${coalesce(steps.freeze.output.until, "further notice")}: approve after it."
    }
  }

  # Seconds before the call: something may have changed since the last click.
  hook "on_escalate" {
    step "aws_lambda" "ready" {
      function = var.function_arn
      reads    = true
      on_error = "deny"
      payload  = { op = "ready", email = requester.email }
      output   = object({ ready = bool })
    }

    decision "deny" {
      when   = !steps.ready.output.ready
      reason = "Production is being deployed: ask again in some minutes."
    }
  }

  grant {
    strategy     = strategy.aws_lambda.production
    target       = target.aws_lambda_function.production
    duration     = "1h"
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = channel("#production")
      text = "${requester.name} is in production, let in by ${join(", ", run.approved_by[*].name)}."
    }
  }

  hook "after_deescalate" {
    notify {
      to   = channel("#production")
      text = "${requester.name} has left production (${event.cause})."
    }
  }

  hook "after_deny" {
    notify {
      to   = requester
      text = run.denial.by == null ? "Not possible: ${coalesce(run.denial.reason, "no reason given")}" : "SRE said no: ${coalesce(run.denial.reason, "no reason given")}"
    }
  }

  hook "after_cancel" {
    notify {
      to   = channel("#production")
      text = "${requester.name} needs production no more."
    }
  }

  hook "after_request_expire" {
    notify {
      to   = requester
      text = "Nobody of SRE answered within the hour."
    }
  }

  hook "after_error" {
    notify {
      to   = group.sre
      text = "The request of ${requester.name} failed: ${run.error.message}"
    }
  }
}
