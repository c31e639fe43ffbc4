# An emergency: nobody is asked, everybody hears.

bundle "emergency" { language = 1 }

integration "aws" "main" {
  region = "eu-central-1"
}

group "on_call" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

target "aws_lambda_function" "prod" {
  label    = "Production database"
  function = "arn:aws:lambda:eu-central-1:123456789012:function:prod:live"
}

strategy "aws_lambda" "prod" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.prod]

  # The function asks a directory first; it is told what the request is about.
  escalate {
    step "aws_lambda" "ticket" {
      function = "arn:aws:lambda:eu-central-1:123456789012:function:tickets:live"
      reads    = true
      payload  = { incident = request.fields.incident }
      output   = object({ open = bool })
    }
    body = object({ login = string })
  }

  payload = {
    event = event.type
    email = requester.email
    login = try(steps.escalate.output.body.login, "")
  }
}

flow "emergency" {
  prompt {
    field "incident" { type = string }
  }

  permissions { request = group.on_call }

  break_glass {
    reason   = request.fields.incident
    announce = channel("#security")
  }

  hook "on_request" {
    decision "deny" {
      when   = weekday(now(), "UTC") == "sunday"
      reason = "The console is closed on sundays."
    }
  }

  grant {
    strategy     = strategy.aws_lambda.prod
    target       = target.aws_lambda_function.prod
    duration     = "30m"
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "Log in as ${steps.escalate.output.body.login}."
    }
  }
}
