# Groups of Google Workspace through a Lambda function that holds the service account: the same
# function lists the groups, tells who is in one, adds and removes.

bundle "google-workspace" { language = 1 }

variable "function_arn" {
  type        = string
  description = "The function that talks to the Admin SDK."

  validation {
    condition     = is_lambda_arn(var.function_arn)
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

integration "aws" "main" { region = "eu-west-1" }

group "it" {
  members = [user("ida@acme.example"), user("ike@acme.example"), user("ivo@acme.example")]
}

target "aws_lambda_function" "group" {
  label    = "A group of Google Workspace"
  function = var.function_arn
  settings = { group = request.fields.group, role = "MEMBER" }
}

strategy "aws_lambda" "google" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.group]

  # Adding a member who is one already changes nothing, so it may be tried again.
  idempotent = true

  escalate {
    body = object({ was_member = bool })
    retry { on = ["throttled", "connect", "timeout"] }
  }
}

flow "google_group" {
  label = "Google group"

  prompt {
    field "group" {
      type = string

      options {
        step "aws_lambda" "groups" {
          function = var.function_arn
          reads    = true
          timeout  = "5s"
          payload  = { op = "list_groups", domain = "acme.example" }
          output   = list(object({ email = string, name = string }))
        }

        values = [for g in steps.groups.output : { value = g.email, label = g.name }]
        cache  = "15m"
      }
    }

    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["1d", "3d", "7d"]
    }
  }

  permissions { request = members }

  hook "on_request" {
    # Indirect membership counts too, which only Google can tell.
    step "aws_lambda" "member" {
      function = var.function_arn
      reads    = true
      payload  = { op = "is_member", group = request.fields.group, email = requester.email }
      output   = object({ direct = bool, indirect = bool })
    }

    decision "deny" {
      when   = steps.member.output.direct || steps.member.output.indirect
      reason = "You are in ${request.fields.group} already."
    }
  }

  approval "it" { approvers = group.it }

  grant {
    strategy     = strategy.aws_lambda.google
    target       = target.aws_lambda_function.group
    duration     = request.fields.duration
    max_duration = "7d"
  }
}
