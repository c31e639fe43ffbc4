# Faults that only a proof finds: nothing here is wrong by itself.

bundle "proofs" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example"), user("chi@acme.example")]
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

strategy "aws_lambda" "both" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.a, target.aws_lambda_function.b]
}

flow "tautology" {
  allow_auto_approval = true

  prompt {
    field "reason" { type = string }
  }
  permissions { request = members }

  hook "on_request" {
    decision "approve" { when = request.fields.reason != "" || request.fields.reason == "" }
  }

  approval "lead" { approvers = group.leads }
}

flow "clock" {
  allow_auto_approval = true
  permissions { request = members }

  hook "on_request" {
    decision "approve" { when = now() == now() }
  }

  approval "lead" { approvers = group.leads }
}

flow "nothing_left" {
  allow_auto_approval = true

  prompt {
    field "urgency" {
      type    = string
      allowed = ["low", "high"]
    }
  }
  permissions { request = members }

  hook "on_request" {
    decision "deny" { when = request.fields.urgency == "low" }
    decision "approve" { when = request.fields.urgency == "high" }
  }

  approval "lead" { approvers = group.leads }
}

flow "incident" {
  prompt {
    field "target" {
      type    = target
      allowed = strategy.aws_lambda.both.targets
    }
    field "urgency" {
      type    = string
      allowed = ["normal", "incident"]
    }
  }
  permissions { request = members }

  approval "lead" {
    when      = request.fields.urgency != "incident" || request.target.name != "a"
    approvers = group.leads
  }

  grant {
    strategy     = strategy.aws_lambda.both
    duration     = "1h"
    max_duration = "1h"
  }
}

flow "own" {
  permissions { request = members }
  approval "self" {
    approvers = requester
    notify {
      to   = channel("#requests")
      text = "Somebody asks."
    }
  }
}

flow "empty" {
  permissions { request = members }
  approval "none" {
    approvers = except(members, members)
    notify {
      to   = channel("#requests")
      text = "Somebody asks."
    }
  }
}

flow "forbidden" {
  permissions {
    request = members
    decide  = nobody
  }
  approval "anybody" {
    approvers = members
    notify {
      to   = channel("#requests")
      text = "Somebody asks."
    }
  }
}

flow "only_leads" {
  permissions { request = group.leads }
  approval "all" {
    approvers = group.leads
    quorum    = 3
  }
}

flow "dead" {
  permissions { request = nobody }
  approval "lead" { approvers = group.leads }
}

flow "no_one" {
  permissions { request = null }
  approval "lead" { approvers = group.leads }
}

flow "long" {
  prompt {
    field "duration" { type = duration }
    field "long" { type = bool }
  }
  permissions { request = members }
  approval "lead" { approvers = group.leads }

  grant {
    strategy     = strategy.aws_lambda.one
    target       = target.aws_lambda_function.a
    duration     = request.fields.long ? request.fields.duration : duration("1h")
    max_duration = "8h"
  }
}

flow "through_a_step" {
  prompt {
    field "t" {
      type    = target
      allowed = [target.aws_lambda_function.a, target.aws_lambda_function.b]
    }
  }
  permissions { request = members }

  hook "on_request" {
    step "value" "chosen" { value = request.fields.t }
  }

  approval "lead" { approvers = group.leads }

  grant {
    strategy     = strategy.aws_lambda.one
    target       = steps.chosen.output
    duration     = "1h"
    max_duration = "1h"
  }
}
