# What a function answers for the requester's eyes alone, said elsewhere.
bundle "unsealed" {
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
    step "value" "copy" {
      when  = steps.escalate.ok
      value = steps.escalate.output.body.password
    }

    step "value" "whole" {
      when  = steps.escalate.ok
      value = steps.escalate.output.body
    }

    step "aws_lambda" "log" {
      when     = steps.escalate.ok && steps.escalate.output.body.password != ""
      function = "arn:aws:lambda:us-east-1:123456789012:function:log:1"
      payload  = { password = steps.escalate.output.body.password, all = steps.escalate.output }
      output   = none
      mode     = "async"
    }

    notify {
      when = steps.escalate.ok
      to   = channel("#db")
      text = "It is ${steps.escalate.output.body.password}."
    }

    notify {
      when   = steps.escalate.ok
      to     = requester
      thread = true
      text   = "It is ${steps.escalate.output.body.password}."
    }

    notify {
      when = steps.escalate.ok
      to   = union(requester, group.leads)
      text = "It is ${upper(steps.escalate.output.body.password)}."
    }

    notify {
      when    = steps.escalate.ok
      to      = channel("#db")
      message = message.login
      args    = { login = steps.escalate.output.body.password, password = steps.escalate.output.body.password }
    }

    notify {
      when    = steps.escalate.ok
      to      = requester
      message = message.login
      args    = { login = steps.escalate.output.body.password, password = "x" }
    }

    notify {
      when = steps.escalate.ok
      to   = requester
      text = steps.escalate.output.body.password == "x" ? "a" : "b ${jsonencode(steps.escalate.output.body)}"
    }
  }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "1h"
  }
}
