# Whoever works on an open incident of a service gets its logs at once; everybody else asks.

bundle "incident-responder" { language = 1 }

secret "pagerduty_token" { description = "A token that may read incidents and schedules." }

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "pagerduty" "main" { api_token = secret.pagerduty_token }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "aws" "main" { region = "eu-central-1" }

environment "prod" {
  integrations = [
    integration.pagerduty.main,
    integration.slack.main,
    integration.aws.main,
  ]

  error_channel = channel("#flow-errors")
}

target "aws_sso_permission_set" "logs" {
  label              = "Logs of production"
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-00000000000010a5"
  account_id         = "123456789012"
}

strategy "aws_sso" "logs" {
  integration  = integration.aws.main
  instance_arn = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
  targets      = [target.aws_sso_permission_set.logs]
}

group "fallback" {
  members = [user("sam@acme.example"), user("sue@acme.example"), user("sid@acme.example")]
}

flow "logs" {
  label               = "Logs of production"
  allow_auto_approval = true

  prompt {
    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["1h", "4h"]
    }
  }

  permissions { request = members }

  hook "on_request" {
    step "pagerduty_incidents" "mine" {
      user      = requester
      services  = ["PCHECKOUT", "PSEARCH"]
      statuses  = ["triggered", "acknowledged"]
      urgencies = ["high"]
      since     = "12h"
      on_error  = "continue"
    }

    step "pagerduty_users_on_call" "now" {
      escalation_policy = "PPRODUCT"
      on_error          = "continue"
    }

    # An unknown answer is no yes: it falls back to people.
    decision "approve" {
      when   = steps.mine.ok && length(steps.mine.output) > 0
      reason = "Works on an open incident: ${request.fields.reason}"
    }

    notify {
      when = !steps.mine.ok || !steps.now.ok
      to   = env.error_channel
      text = "PagerDuty does not answer; people are asked for the logs."
    }
  }

  # Those who are on call now decide; where that is not known, three who always may.
  approval "on_call" {
    approvers          = steps.now.ok ? steps.now.output : []
    fallback_approvers = group.fallback
    on_timeout         = "fallback"
    timeout            = "30m"

    notify {
      to   = approvers
      text = "${requester.name} wants the logs for ${request.fields.duration}: ${request.fields.reason}"
    }
  }

  grant {
    strategy     = strategy.aws_sso.logs
    target       = target.aws_sso_permission_set.logs
    duration     = request.fields.duration
    max_duration = "4h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok && length(run.approved_by) == 0
      to   = channel("#production")
      text = "${requester.name} reads the logs, because of an incident; nobody was asked."
    }
  }
}
