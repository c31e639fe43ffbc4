bundle "options" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

target "aws_lambda_function" "db" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
}

strategy "aws_lambda" "db" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.db]
}

flow "options" {
  prompt {
    field "first" {
      type    = string
      default = request.fields.second
    }

    field "second" {
      type    = string
      default = "${request.fields.first} and more"
    }

    field "self" {
      type    = string
      default = request.fields.self
    }

    field "later" {
      type    = string
      visible = request.fields.early != "x"
    }

    field "early" { type = string }

    field "both" {
      type    = string
      allowed = ["a"]
      options { values = [{ value = "a", label = "A" }] }
    }

    field "number" {
      type = number
      options { values = [{ value = "1", label = "One" }] }
    }

    field "long" {
      type = string
      options {
        values = [
          { value = "a", label = "a label of more than seventy-five characters, which a menu of Slack would cut off" },
          { value = "b" },
        ]
        cache = "soon"
      }
    }

    field "asked" {
      type = string
      options {
        step "aws_lambda" "writes" {
          function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
          timeout  = "20s"
          on_error = "continue"
          output   = list(string)
        }
        step "value" "writes" { value = steps.writes.output }
        notify { to = members }
        values = [for x in steps.writes.output : x]
      }
    }

    field "copies" {
      type    = string
      default = steps.writes.output[0]
    }

    field "none" {
      type = string
      options {}
    }
  }

  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }
}

flow "extends" {
  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "4h"

    extend {
      max_times = 0
      max_total = "2h"
      approval  = "none"
    }
  }
}

flow "stands" {
  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }

  grant {
    strategy        = strategy.aws_lambda.db
    target          = target.aws_lambda_function.db
    ends            = "on_revoke"
    standing_reason = "None."

    extend {
      max_times = 1
      max_total = "30d"
      approval  = "a"
    }
  }
}

flow "names" {
  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "1h"

    extend {
      max_times = 1
      max_total = "2h"
      approval  = approval.b
    }

    extend {
      max_times = 1
      max_total = "2h"
      approval  = members
    }
  }
}
