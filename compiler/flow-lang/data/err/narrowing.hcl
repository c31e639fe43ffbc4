bundle "t" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

# What is proven where, and what is not.
flow "narrowing" {
  prompt {
    field "ticket" {
      type     = string
      required = false
    }
    field "urgency" {
      type    = string
      allowed = ["low", "high"]
    }
  }
  permissions { request = members }

  hook "on_request" {
    step "aws_lambda" "sure" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
      payload  = { ticket = request.fields.ticket }
      output   = object({ note = optional(string), risk = number })
    }
    step "aws_lambda" "maybe" {
      when     = request.fields.ticket != null
      function = "arn:aws:lambda:us-east-1:123456789012:function:b:1"
      payload  = { ticket = upper(request.fields.ticket) }
      output   = object({ risk = number })
    }
    step "aws_lambda" "raw" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:c:1"
      on_error = "continue"
    }
    decision "deny" {
      when   = upper(request.fields.ticket) == "X" # T203
      reason = "${steps.sure.output.note}" # T203
    }
    decision "deny" {
      when   = steps.maybe.output.risk > 1 # T204
      reason = steps.maybe.ok ? "risk ${steps.maybe.output.risk}" : "none"
    }
    decision "deny" {
      when = !steps.maybe.skipped && steps.maybe.output.risk > 1
    }
    decision "deny" {
      when = steps.maybe.ok || steps.maybe.output.risk > 1 # T204
    }
    decision "deny" {
      when = !(request.fields.ticket == null || lower(request.fields.ticket) == "y")
    }
    decision "deny" {
      when = steps.raw.ok && steps.raw.output.bad # T205
    }
    decision "deny" {
      when = try(as(steps.raw.output.bad, bool), false)
    }
    decision "deny" {
      when = request.fields.urgency == "hihg" # T208
    }
    notify {
      when = !steps.raw.ok
      to   = requester
      text = "${steps.raw.error.kind} ${steps.maybe.error.kind}" # T203
    }
  }

  approval "lead" {
    approvers = request.fields.ticket == "a" ? group.leads : requester.manager
    quorum    = steps.sure.output.risk > 70 ? 2 : 1
    when      = steps.sure.output.note != null
    refusal   = steps.sure.output.note
  }

  hook "after_error" {
    notify {
      to   = requester
      text = "risk ${steps.sure.output.risk}" # T204
    }
  }
}
