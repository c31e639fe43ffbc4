# What completes the examples of the pages in codes/: a block or attribute that an
# example writes itself stands instead of the one of the same name here.

bundle "pages" {
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
