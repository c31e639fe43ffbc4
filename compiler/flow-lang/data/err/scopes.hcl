bundle "t" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

secret "key" {}

message "m" {
  args = { who = string }
  text = "${args.who} ${args.whom} ${requester.name} ${steps.a.output}"
}

flow "scopes" {
  prompt {
    field "a" {
      type    = string
      default = request.fields.b
    }
    field "b" {
      type    = string
      default = request.id
    }
  }

  permissions {
    request = request.by == requester ? members : nobody
    view    = request.fields.a == "x" ? members : admins
  }

  hook "on_prompt" {
    decision "ignore" {
      when    = request.fields.a == "x"
      message = "no"
    }
  }

  hook "on_request" {
    decision "deny" { when = steps.later.ok }
    decision "deny" { when = steps.own.ok }
    step "value" "own" { value = 1 }
    decision "deny" { when = steps.own.output > 1 && approval.first.on_fallback }
    decision "deny" { when = run.denial.reason == "x" }
    decision "deny" { when = steps.escalate.ok }
    decision "deny" { when = approvers == members }
    decision "deny" { when = secret.key == "x" }
  }

  hook "after_request" {
    step "aws_lambda" "later" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:c:1"
      payload  = { key = secret.key }
      output   = object({ x = number })
    }
    notify {
      to      = requester
      message = message.m
      args    = { who = 1, extra = "x" }
    }
  }

  approval "first" {
    approvers = group.leads
    when      = approval.second.on_fallback
  }

  approval "second" {
    approvers = group.leads
    after     = [approval.second, approval.third]
    quorum    = now() > request.created_at ? 1 : 1
  }

  hook "on_approve" {
    step "value" "click" { value = event.actor.name }
    notify {
      to   = requester
      text = steps.click.output
    }
  }

  hook "after_deny" {
    notify {
      to   = run.denial.by
      text = "${run.denial.reason} ${steps.click.output} ${event.actor.name} ${run.grant.expires_at}"
    }
  }
}
