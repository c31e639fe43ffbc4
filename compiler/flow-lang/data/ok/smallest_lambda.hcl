bundle "access" {
  language = 1
}

integration "aws" "main" {
  region = "eu-central-1"
}

target "aws_lambda_function" "orders" {
  function = "arn:aws:lambda:eu-central-1:123456789012:function:orders-access:live"
}

strategy "aws_lambda" "orders" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.orders]
}

flow "orders" {
  prompt {
    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["30m", "2h"]
    }
  }

  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.aws_lambda.orders
    target       = target.aws_lambda_function.orders
    duration     = request.fields.duration
    max_duration = "2h"
  }
}
