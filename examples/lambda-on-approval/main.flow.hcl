# A colleague approves, a Lambda gives the access, and the same Lambda takes it
# back when the time is up. `cargo demo` runs this flow from end to end.

bundle "lambda-on-approval" {
  language = 1
}

variable "lambda_arn" {
  type        = string
  description = "ARN of the access Lambda, exactly as it is called."

  validation {
    condition     = is_lambda_arn(var.lambda_arn)
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

secret "slack_bot_token" {
  description = "Bot token of the Slack app."
}

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "aws" "runtime" {
  region = "us-east-1"
}

environment "main" {
  integrations  = [integration.slack.main, integration.aws.runtime]
  error_channel = channel("#access-errors")
}

target "aws_lambda_function" "button" {
  label    = "Super Secret Button"
  function = var.lambda_arn
}

strategy "aws_lambda" "button" {
  integration = integration.aws.runtime
  targets     = [target.aws_lambda_function.button]
  timeout     = "15s"

  escalate {
    body = object({ message = string })
  }

  # Tried until the function confirms; after an hour somebody is paged.
  deescalate {
    body = object({ message = string })

    retry {
      backoff = "2s"
      budget  = "1h"
    }
  }
}

flow "button" {
  label       = "Press the button"
  environment = environment.main

  prompt {
    field "target" {
      type    = target
      allowed = strategy.aws_lambda.button.targets
    }

    field "reason" {
      label = "Why do you need access?"
      type  = string
    }

    # Eight seconds are there to be watched.
    field "duration" {
      type    = duration
      allowed = ["8s", "30m", "1h"]
    }
  }

  permissions {
    request = everyone
    view    = admins
    decide  = members
  }

  # Asked before any person is: the function may refuse, or want more approvers.
  hook "on_request" {
    step "aws_lambda" "precheck" {
      integration = integration.aws.runtime
      function    = var.lambda_arn
      mode        = "sync"
      reads       = true
      timeout     = "10s"
      on_error    = "fail"

      payload = {
        event = "on_request"
        email = requester.email
        run   = run.id
      }

      output = object({
        allowed = bool
        risk    = optional(number, 0)
        note    = optional(string)
      })
    }

    decision "deny" {
      when   = !steps.precheck.output.allowed
      reason = coalesce(steps.precheck.output.note, "The pre-check refused this request.")
    }
  }

  approval "colleague" {
    approvers = members
    quorum    = steps.precheck.output.risk >= 70 ? 2 : 1
    timeout   = "24h"

    notify {
      to   = channel("#access")
      text = "${requester.name} asks for ${request.target.label} for ${request.fields.duration}: ${request.fields.reason}"
    }
  }

  grant {
    strategy     = strategy.aws_lambda.button
    target       = request.target
    duration     = request.fields.duration
    max_duration = "1h"
  }

  # Runs also when the function answered with `errors`: `ok` tells.
  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = steps.escalate.output.body.message
    }

    notify {
      when = !steps.escalate.ok
      to   = approval.colleague.approved_by
      text = "What you approved for ${requester.name} did not work; it is being taken back."
    }
  }

  hook "after_deescalate" {
    notify {
      to   = requester
      text = steps.deescalate.output.body.message
    }
  }
}
