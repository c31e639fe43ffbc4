# What the compiler once took, and no loader would: each without a finding of its own then.

bundle "accepted" { language = 1 }

integration "aws" "main" { region = "eu-central-1" }

group "leads" { members = [user("ana@acme.example"), user("bo@acme.example")] }

target "aws_lambda_function" "db" {
  function = "arn:aws:lambda:eu-central-1:123456789012:function:db:live"
}

strategy "aws_lambda" "db" {
  integration = approval.first
  targets     = [target.aws_lambda_function.db]
}

flow "order" {
  prompt {
    field "reason" { type = string }
  }

  permissions { request = members }

  approval "first" {
    after     = [approval.second]
    approvers = group.leads

    route "here" {
      to      = group.leads
      next_on = ["delivery_failure", "timeout"]
    }

    route "there" { to = channel("#leads") }
  }

  approval "second" {
    after     = []
    approvers = group.leads
  }

  hook "on_request" {
    step "value" "which" { value = [for i in ["a"] : integration.aws.main] }

    decision "deny" {
      when   = integration.aws.main == null
      reason = "${length(steps.which.output)}"
    }

    step "aws_lambda" "audit" {
      integration = approval.second.approved_by
      function    = "arn:aws:lambda:eu-central-1:123456789012:function:db:live"
      reads       = true
    }
  }
}
