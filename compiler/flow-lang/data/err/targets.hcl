# What a field offers is granted wherever the grant reads the field.

bundle "targets" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

target "aws_lambda_function" "a" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
}

target "aws_lambda_function" "b" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:b:1"
}

strategy "aws_lambda" "one" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.a]
}

flow "by_another_name" {
  prompt {
    field "t" {
      type    = target
      allowed = [target.aws_lambda_function.a, target.aws_lambda_function.b]
    }
  }
  permissions { request = members }
  approval "lead" { approvers = group.leads }

  grant {
    strategy     = strategy.aws_lambda.one
    target       = request.fields.t
    duration     = "1h"
    max_duration = "1h"
  }
}

flow "several" {
  prompt {
    field "ts" {
      type    = list(target)
      allowed = [target.aws_lambda_function.b]
    }
  }
  permissions { request = members }
  approval "lead" { approvers = group.leads }

  grant {
    strategy     = strategy.aws_lambda.one
    targets      = request.fields.ts
    duration     = "1h"
    max_duration = "1h"
  }
}

flow "branch" {
  prompt {
    field "t" {
      type    = target
      allowed = [target.aws_lambda_function.b]
    }
    field "other" { type = bool }
  }
  permissions { request = members }
  approval "lead" { approvers = group.leads }

  grant {
    strategy     = strategy.aws_lambda.one
    target       = request.fields.other ? request.fields.t : target.aws_lambda_function.a
    duration     = "1h"
    max_duration = "1h"
  }
}
