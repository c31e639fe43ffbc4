# In office hours one colleague on support is enough; at night and on weekends the person on call
# hears first, and two people must agree.

bundle "office-hours" { language = 1 }

secret "slack_bot_token" { description = "The token of the Slack app." }

secret "pagerduty_token" { description = "A token that may read schedules." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "pagerduty" "main" { api_token = secret.pagerduty_token }

integration "aws" "main" { region = "eu-central-1" }

environment "main" {
  integrations  = [integration.slack.main, integration.pagerduty.main, integration.aws.main]
  error_channel = channel("#flow-errors")
}

locals {
  zone = "Europe/Berlin"
  days = ["mon", "tue", "wed", "thu", "fri"]
}

group "support" { from_slack_usergroup = "S0SUPPORT" }

group "on_call" { from_pagerduty_schedule = "PSUPPORT" }

target "aws_iam_group" "support" {
  label = "Support tools"
  group = "support-tools"
}

strategy "aws_iam" "support" {
  integration = integration.aws.main
  targets     = [target.aws_iam_group.support]
}

flow "support_tools" {
  label = "Support tools"

  prompt {
    field "customer" { type = string }

    field "duration" {
      type = duration
      min  = "15m"
      max  = "4h"
    }
  }

  permissions { request = members }

  # Asked once, when the request arrives: who decides does not change while it waits.
  hook "on_request" {
    step "value" "by_day" {
      value = in_window(now(), local.zone, local.days, "08:00", "18:00")
    }
  }

  approval "colleague" {
    approvers = steps.by_day.output ? group.support : union(group.support, group.on_call)
    quorum    = steps.by_day.output ? 1 : 2
    timeout   = "2h"

    route "first" {
      to      = steps.by_day.output ? group.support : group.on_call
      text    = "${requester.name} needs the support tools for ${request.fields.customer}, for ${request.fields.duration}."
      timeout = "15m"
      next_on = ["delivery_failure", "timeout"]
    }

    route "everybody" {
      to = channel("#support")
    }
  }

  grant {
    strategy     = strategy.aws_iam.support
    target       = target.aws_iam_group.support
    duration     = request.fields.duration
    max_duration = "4h"
  }
}
