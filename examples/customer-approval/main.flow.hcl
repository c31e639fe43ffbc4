# The customer decides: people of a customer, guests in a shared channel, approve that our support
# looks into their account.

bundle "customer-approval" { language = 1 }

variable "customers" {
  type        = map(object({ channel = string, people = list(string) }))
  description = "By name: the shared channel, and who decides for the customer."
}

variable "function_arn" {
  type        = string
  description = "The function that opens a customer's account to one of ours."
}

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "aws" "main" { region = "eu-west-1" }

environment "main" {
  integrations  = [integration.slack.main, integration.aws.main]
  error_channel = channel("#flow-errors")
}

group "support" { from_slack_usergroup = "S0SUPPORT" }

group "customer" {
  for_each = var.customers
  members  = [for email in each.value.people : user(email)]
}

target "aws_lambda_function" "account" {
  for_each = var.customers
  label    = "The account of ${each.key}"
  function = var.function_arn
  settings = { customer = each.key }
}

strategy "aws_lambda" "account" {
  for_each    = var.customers
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.account[each.key]]

  escalate { body = object({ url = string }) }
}

flow "look_into" {
  for_each = var.customers
  label    = "Look into the account of ${each.key}"

  prompt {
    header = "${each.key} reads what you write here."

    field "question" {
      label      = "What did they ask?"
      type       = string
      min_length = 10
    }
  }

  # Guests decide only where a flow says so.
  permissions {
    request = group.support
    decide  = union(members, guests)
    revoke  = union(group.customer[each.key], admins)
  }

  approval "customer" {
    approvers   = group.customer[each.key]
    ask_comment = "optional"
    refusal     = "Only ${each.key} decides about this."
    timeout     = "1d"

    notify {
      to   = channel(each.value.channel)
      text = "May ${requester.name} look into your account for two hours? “${request.fields.question}”"
    }
  }

  grant {
    strategy     = strategy.aws_lambda.account[each.key]
    target       = target.aws_lambda_function.account[each.key]
    duration     = "2h"
    max_duration = "2h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "${coalesce(approval.customer.comment, "They agreed.")} ${steps.escalate.output.body.url}"
    }
  }

  hook "after_deescalate" {
    notify {
      to   = channel(each.value.channel)
      text = "${requester.name} has left your account."
    }
  }
}
