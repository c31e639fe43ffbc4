
bundle "flowtest" {
  language = 1
}

integration "aws" "main" {
  region = "us-east-1"
}

secret "bot" {}

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.bot
}

environment "main" {
  integrations  = [integration.aws.main, integration.slack.main]
  error_channel = channel("#flow-errors")
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

target "aws_lambda_function" "db" {
  label    = "Database"
  function = "arn:aws:lambda:us-east-1:123456789012:function:db:1"
}

strategy "aws_lambda" "db" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.db]

  escalate {
    body = object({ message = string })
  }

  deescalate {
    body = object({ message = string })
  }
}

flow "demo" {
  label       = "Demo"
  environment = environment.main

  prompt {
    field "reason" {
      type = string
    }

    field "duration" {
      type    = duration
      allowed = ["30m", "1h"]
    }
  }

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = request.fields.duration
    max_duration = "1h"
  }
}

group "oncall" {
  from_slack_usergroup = "S0123ABCD"
  minimum              = 2
}

locals {
  why = "a broken index"
}

flow "asked" {
  label       = "Asked"
  environment = environment.main

  prompt {
    field "reason" {
      type = string
    }

    field "helper" {
      type     = user
      required = false
    }
  }

  permissions {
    request = members
    view    = admins
  }

  hook "on_request" {
    step "aws_lambda" "precheck" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:db:1"
      reads    = true
      on_error = "continue"
      payload  = { event = "precheck", why = request.fields.reason }
      output   = object({ allowed = bool })
    }

    step "aws_lambda" "note" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:db:1"
      mode     = "async"
      payload  = { event = "note", who = request.fields.helper == null ? "nobody" : request.fields.helper.email }
      output   = none
    }

    decision "deny" {
      when = steps.precheck.ok && !steps.precheck.output.allowed
    }
  }

  approval "oncall" {
    approvers = group.oncall

    notify {
      to   = channel("#ask")
      text = "please: ${local.why}"
    }
  }
}
