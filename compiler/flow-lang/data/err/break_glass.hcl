bundle "glass" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

target "aws_lambda_function" "db" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
}

strategy "aws_lambda" "db" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.db]
}

flow "everything" {
  allow_auto_approval = true

  prompt {
    field "reason" {
      type    = string
      default = "none"
    }
  }

  permissions { request = members }

  break_glass {
    reason   = request.fields.reason
    announce = requester.manager
  }

  approval "a" { approvers = [user("ana@acme.example")] }

  hook "on_request" {
    decision "approve" { reason = "x" }
  }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "5h"
    max_duration = "5h"
    revocable    = false

    extend {
      max_times = 1
      max_total = "6h"
      approval  = "none"
    }
  }
}

flow "nothing" {
  permissions { request = [user("ana@acme.example")] }
  break_glass { reason = "because" }
}

flow "standing" {
  prompt {
    field "kind" {
      type    = string
      allowed = ["a", "b"]
    }
  }

  permissions { request = [user("ana@acme.example")] }

  break_glass {
    reason   = request.fields.kind
    announce = channel("#security")
  }

  grant {
    strategy = strategy.aws_lambda.db
    target   = target.aws_lambda_function.db
    ends     = "on_revoke"
  }
}

flow "no_reason" {
  permissions { request = [user("ana@acme.example")] }
  break_glass { announce = channel("#security") }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "1h"
  }
}
