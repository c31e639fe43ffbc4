# The emergency door. Whoever is on the list has production at once and nobody is asked; everybody
# hears of it, and it is written down under its own name.

bundle "break-glass" { language = 1 }

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "aws" "main" { region = "eu-central-1" }

environment "prod" {
  integrations  = [integration.slack.main, integration.aws.main]
  error_channel = channel("#flow-errors")
}

# People, and no channel or schedule: an emergency must not depend on another service.
group "incident_commanders" {
  members = [user("ana@acme.example"), user("bo@acme.example"), user("cy@acme.example")]
}

target "aws_sso_permission_set" "admin" {
  label              = "Administrator of production"
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
  account_id         = "123456789012"
}

strategy "aws_sso" "production" {
  integration  = integration.aws.main
  instance_arn = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
  targets      = [target.aws_sso_permission_set.admin]
}

flow "break_glass" {
  label       = "Break glass"
  description = "Administrator of production, at once. Everybody is told."

  prompt {
    header = "This is announced to the whole company. For everything else ask for “Operate production”."

    field "incident" {
      label      = "What is broken?"
      type       = string
      min_length = 10
    }
  }

  permissions {
    request = group.incident_commanders
    revoke  = members
  }

  break_glass {
    reason   = request.fields.incident
    announce = channel("#incidents")
  }

  grant {
    strategy     = strategy.aws_sso.production
    target       = target.aws_sso_permission_set.admin
    duration     = "1h"
    max_duration = "1h"
  }

  hook "after_deescalate" {
    notify {
      to   = channel("#incidents")
      text = "${requester.name} is no longer administrator of production. Write the review of “${request.fields.incident}”."
    }
  }
}
