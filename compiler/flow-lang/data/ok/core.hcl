# Most of what the language knows, in one module.

bundle "core" {
  language         = 1
  name             = "core-${var.stage}"
  required_runtime = ">= 0.1.0"
}

variable "stage" {
  type    = string
  default = "prod"

  validation {
    condition     = contains(["prod", "test"], var.stage)
    error_message = "The stage is prod or test."
  }
}

variable "limits" {
  type = object({
    quorum  = number
    longest = optional(duration, "4h")
  })
  default = { quorum = 2, longest = "2h" }
}

variable "people" {
  type    = list(user)
  default = [user("ana@acme.example"), user("bo@acme.example"), user("chi@acme.example")]
}

locals {
  services = ["api", "web", "billing"]
  quiet    = duration("45m")
  region   = "us-${"east"}-1"
  labels   = { for s in local.services : s => upper(s) }
}

secret "okta" {
  description = "Okta API token."
}

integration "aws" "main" {
  region = local.region
}

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta
}

environment "main" {
  integrations  = [integration.aws.main, integration.okta.main]
  error_channel = user("ops@acme.example")
  vars          = { team = "core" }
}

group "leads" {
  members = var.people
}

group "_security" {
  from_okta = "00gSecurity"
  minimum   = 4
}

target "aws_lambda_function" "db" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:db:live"
  settings = { team = "core" }
}

target "aws_lambda_function" "queue" {
  label    = "The queue"
  function = "arn:aws:lambda:us-east-1:123456789012:function:queue:live"
}

strategy "aws_lambda" "access" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.db, target.aws_lambda_function.queue]
  idempotent  = true
  residual    = "15m"

  payload_extra = {
    ticket = request.fields.ticket
    stage  = var.stage
    at     = format_time(now(), "UTC")
  }

  escalate {
    body = object({ login = string, note = optional(string) })
  }
}

message "asks" {
  args = {
    risk = number
  }

  text = "${requester.name} asks for ${request.target.label} (risk ${args.risk})."
}

flow "access" {
  label               = "Access"
  allow_auto_approval = true
  sources             = ["api", "web"]
  context             = object({ change = optional(string) })
  retention           = "30d"

  prompt {
    header = "Hello ${requester.name}"

    field "target" {
      type    = target
      allowed = strategy.aws_lambda.access.targets
    }

    field "service" {
      type    = string
      allowed = local.services
      default = "api"
    }

    field "ticket" {
      type     = string
      pattern  = "[A-Z]+-[0-9]+"
      required = false
      help     = "As in the tracker."
    }

    field "hosts" {
      type      = list(string)
      label     = "Hosts of ${request.fields.service}"
      visible   = request.fields.service != "web"
      max_items = 5
    }

    field "count" {
      type    = number
      integer = true
      min     = 1
      max     = 10
    }

    field "duration" {
      type    = duration
      max     = "2h"
      default = local.quiet
    }
  }

  permissions {
    request = union(members, guests)
    view    = group.leads
    decide  = union(members, [user("dora@partner.example")])
    revoke  = request.by == requester ? admins : nobody
    list    = requester.role != "guest"
  }

  hook "on_request" {
    step "aws_lambda" "risk" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:risk:live"
      reads    = true
      on_error = "continue"
      payload  = { who = requester.email, count = request.fields.count, hosts = request.fields.hosts }

      retry {
        attempts = 2
      }

      output = object({
        score = number
        tags  = list(object({ name = string, bad = bool }))
        owner = optional(string)
      })
    }

    step "value" "score" {
      value = steps.risk.ok ? steps.risk.output.score : 100
    }

    fail {
      when    = steps.risk.ok && length([for t in steps.risk.output.tags : t.name if t.bad]) > 0
      message = "Bad tags: ${join(", ", steps.risk.output.tags[*].name)}"
    }

    decision "deny" {
      when   = steps.score.output > 90 && request.fields.ticket == null
      reason = "Too risky without a ticket (${steps.score.output})."
    }

    decision "approve" {
      when   = steps.score.output < 10
      reason = "Low risk."
    }

    notify {
      when = !steps.risk.ok && steps.risk.error != null
      to   = env.error_channel
      text = "No risk: ${steps.risk.error.kind}"
    }
  }

  hook "on_approve" {
    decision "ignore" {
      when    = event.actor == requester.manager
      message = "Ask somebody else, ${event.actor.name}."
    }
  }

  approval "first" {
    approvers          = requester.manager
    fallback_approvers = group.leads
    on_timeout         = "fallback"
    timeout            = "1h"
    refusal            = "Only the manager decides."

    notify {
      to      = approvers
      message = message.asks
      args    = { risk = steps.score.output }
    }
  }

  approval "second" {
    when        = steps.risk.ok && steps.risk.output.owner != null
    approvers   = user(steps.risk.output.owner)
    after       = []
    ask_comment = "required"
  }

  approval "third" {
    when  = approval.first.on_fallback || steps.score.output >= 50
    after = [approval.first, approval.second]

    rule "many" {
      approvers = group.leads
      quorum    = var.limits.quorum
    }

    rule "one" {
      approvers = except(members, group.leads)
    }

    route "channel" {
      to      = channel("#access")
      timeout = "30m"
      text    = <<-EOT
        ${requester.name} for ${request.fields.duration}:
        %{for host in coalesce(request.fields.hosts, [])~}
        - ${host}
        %{endfor~}
        %{if request.context.change != null}Change ${request.context.change}%{else}No change%{endif}
      EOT
    }

    route "people" {
      to = approvers
    }
  }

  grant {
    strategy     = strategy.aws_lambda.access
    duration     = request.fields.duration
    max_duration = var.limits.longest
    revocable    = true
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "${steps.escalate.output.body.login} until ${format_time(run.grant.expires_at, "Europe/Berlin")}${steps.escalate.output.body.note == null ? "" : "!"}"
    }

    notify {
      when = !steps.escalate.ok
      to   = run.approved_by
      text = join("; ", steps.escalate.errors)
    }
  }

  hook "on_deescalate" {
    decision "ignore" {
      when    = event.cause == "revoked" && event.actor == null
      message = "Not by a machine."
    }
  }

  hook "after_error" {
    notify {
      to   = requester
      text = "${run.error.kind} in ${local.labels["api"]}: ${try(as(request.context.change, string), "none")}"
    }
  }
}
