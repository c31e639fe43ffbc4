# A database user that exists for an hour. A Lambda function makes it, puts its password into Secrets
# Manager and drops it at the end; nobody sees the password in a message.

bundle "database-user" { language = 1 }

variable "function_arn" {
  type        = string
  description = "The function that makes and drops users."

  validation {
    condition     = is_lambda_arn(var.function_arn)
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

variable "databases" {
  type        = map(object({ engine = string, host = string }))
  description = "What may be asked for."
}

integration "aws" "main" { region = "eu-central-1" }

group "dbas" {
  members = [user("dan@acme.example"), user("dora@acme.example"), user("dee@acme.example")]
}

target "aws_lambda_function" "database" {
  for_each = var.databases
  label    = "${each.key} (${each.value.engine})"
  function = var.function_arn
  settings = { engine = each.value.engine, host = each.value.host }
}

strategy "aws_lambda" "database" {
  integration = integration.aws.main
  targets     = target.aws_lambda_function.database[*]
  timeout     = "1m"

  # Beside what every function gets. The end does not know the form, so the name of the user must
  # follow from the request alone.
  payload_extra = {
    user = "tmp_${replace(run.id, "-", "")}"
    role = request.fields.role
  }

  escalate {
    body = object({ secret_name = string, console_url = string })
  }

  # The function answers without errors also where the user is gone already.
  deescalate {
    retry { budget = "1h" }
  }
}

flow "database_user" {
  label = "Database user"

  prompt {
    field "target" {
      label   = "Database"
      type    = target
      allowed = strategy.aws_lambda.database.targets
    }

    field "role" {
      type    = string
      allowed = ["reader", "writer", "owner"]
      default = "reader"
    }

    field "statements" {
      label      = "What will you run?"
      type       = string
      min_length = 10
      max_length = 2000
    }

    # Nobody needs to own a database for a day.
    field "duration" {
      type    = duration
      max     = "8h"
      allowed = request.fields.role == "owner" ? ["15m", "1h"] : ["1h", "4h", "8h"]
    }
  }

  permissions { request = members }

  approval "dba" {
    approvers   = group.dbas
    quorum      = request.fields.role == "reader" ? 1 : 2
    ask_comment = "optional"
    timeout     = "4h"
  }

  grant {
    strategy     = strategy.aws_lambda.database
    duration     = request.fields.duration
    max_duration = "8h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "Your login is the secret `${steps.escalate.output.body.secret_name}` until ${format_time(run.grant.expires_at, "UTC")}: ${steps.escalate.output.body.console_url}"
    }

    # Also where the function answered with `errors`.
    notify {
      when = !steps.escalate.ok
      to   = group.dbas
      text = "No user for ${requester.name} on ${request.target.label}: ${join("; ", steps.escalate.errors)}"
    }
  }
}
