# What a function answers for the requester's eyes alone.
bundle "sealed" {
  language = 1
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

target "aws_lambda_function" "db" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:db:1"
}

strategy "aws_lambda" "db" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.db]

  escalate {
    body = object({ login = string, password = sensitive(string) })
  }
}

message "login" {
  args = { login = string, password = sensitive(string) }
  text = "Log in as ${args.login} with ${args.password}."
}

flow "db" {
  environment = environment.main

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "Log in as ${steps.escalate.output.body.login} with ${steps.escalate.output.body.password}."
    }

    notify {
      when    = steps.escalate.ok
      to      = requester
      message = message.login
      args    = { login = steps.escalate.output.body.login, password = steps.escalate.output.body.password }
    }

    notify {
      when = steps.escalate.ok
      to   = channel("#db")
      text = "${requester.name} has ${steps.escalate.output.body.login}."
    }
  }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "1h"
  }
}
