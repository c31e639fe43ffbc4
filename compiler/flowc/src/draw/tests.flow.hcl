bundle "drawn" {
  language = 1
}

integration "aws" "main" {
  region = "us-east-1"
}

environment "prod" {
  integrations  = [integration.aws.main]
  error_channel = channel("#access-errors")
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

group "security" {
  members = [
    user("a@acme.example"),
    user("b@acme.example"),
    user("c@acme.example"),
    user("d@acme.example"),
    user("e@acme.example"),
  ]
}

target "aws_lambda_function" "database" {
  label    = "Database"
  function = "arn:aws:lambda:us-east-1:123456789012:function:database-access:live"
}

strategy "aws_lambda" "database" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.database]
  residual    = "1h"

  deescalate {
    retry {
      budget = "2h"
    }
  }
}

flow "database" {
  label       = "Access to the customer database"
  description = "For people on support who must look at the data of one customer."
  environment = environment.prod
  sources     = ["slack", "web"]

  prompt {
    field "customer" {
      label = "Customer"
      type  = string
    }

    field "urgency" {
      label   = "Urgency"
      type    = string
      allowed = ["normal", "incident"]
    }

    field "duration" {
      type    = duration
      allowed = ["1h", "8h"]
    }
  }

  permissions {
    request = members
    revoke  = admins
  }

  hook "on_request" {
    step "aws_lambda" "risk" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:risk:live"
      reads    = true
      on_error = "continue"
      payload  = { customer = request.fields.customer }
      output   = object({ score = number })
    }

    decision "deny" {
      when   = steps.risk.ok && steps.risk.output.score >= 90
      reason = "The risk is too high."
    }

    notify {
      when = !steps.risk.ok
      to   = env.error_channel
      text = "The risk could not be asked."
    }
  }

  approval "manager" {
    approvers          = requester.manager
    fallback_approvers = group.leads
    timeout            = "8h"
    on_timeout         = "fallback"
    ask_comment        = "required"
  }

  approval "lead" {
    after     = []
    approvers = group.leads
    timeout   = "1d"
  }

  approval "security" {
    when    = request.fields.urgency != "incident"
    after   = [approval.manager, approval.lead]
    denials = 2

    rule "security" {
      approvers = group.security
      quorum    = request.fields.urgency == "incident" ? 1 : 2
    }

    rule "anybody" {
      approvers = members
    }

    route "channel" {
      to      = channel("#security")
      timeout = "30m"
    }

    route "people" {
      to = approvers
    }
  }

  grant {
    strategy     = strategy.aws_lambda.database
    target       = target.aws_lambda_function.database
    duration     = request.fields.duration
    max_duration = "8h"
  }

  hook "after_deny" {
    notify {
      to   = requester
      text = "Denied."
    }
  }

  hook "after_escalate" {
    notify {
      to   = union(requester.manager, requester)
      text = "Given."
    }
  }
}

flow "deploy" {
  prompt {
    field "reason" {
      type = string
    }
  }

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }

  hook "after_approve" {
    notify {
      to   = requester
      text = "Go ahead: ${request.fields.reason}"
    }
  }
}

flow "emergency" {
  environment = environment.prod

  prompt {
    field "reason" {
      label = "What is on fire"
      type  = string
    }
  }

  permissions {
    request = group.leads
  }

  break_glass {
    reason   = request.fields.reason
    announce = channel("#incidents")
  }

  grant {
    strategy     = strategy.aws_lambda.database
    target       = target.aws_lambda_function.database
    duration     = "1h"
    max_duration = "1h"
  }
}
