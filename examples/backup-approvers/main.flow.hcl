# A request that does not get lost: where it was asked, then the one on call, then the team, then
# by mail; each hears for a while, and the next hears when nobody answered.

bundle "backup-approvers" { language = 1 }

secret "slack_bot_token" { description = "The token of the Slack app." }

secret "pagerduty_token" { description = "A token that may read schedules." }

secret "mail_key" { description = "A key of the mail gateway." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "pagerduty" "main" { api_token = secret.pagerduty_token }

integration "http" "mail" {
  base_url = "https://mail.acme.example/v1"
  headers  = { "X-Api-Key" = secret.mail_key }
}

environment "main" {
  integrations  = [integration.slack.main, integration.pagerduty.main, integration.http.mail]
  error_channel = channel("#flow-errors")
}

group "platform" {
  members = [user("pat@acme.example"), user("pam@acme.example"), user("per@acme.example")]
}

group "on_call" { from_pagerduty_schedule = "PPLATFORM" }

flow "firewall" {
  label       = "Open the firewall"
  description = "The decision is recorded; the network team does the rest."

  prompt {
    field "from" {
      type    = string
      pattern = "[0-9./]{7,18}"
    }

    field "to" {
      type    = string
      pattern = "[0-9./]{7,18}"
    }

    field "port" {
      type    = number
      integer = true
      min     = 1
      max     = 65535
    }

    field "reason" { type = string }
  }

  permissions { request = members }

  # Who may decide is the same on every route; who hears is not.
  approval "platform" {
    approvers = union(group.platform, group.on_call)
    timeout   = "8h"

    # The channel in which it was asked; a direct message or the API has none.
    route "here" {
      to      = coalesce(request.channel, channel("#network"))
      text    = "${requester.name} asks to open ${request.fields.from} to ${request.fields.to}, port ${request.fields.port}: ${request.fields.reason}"
      timeout = "30m"
      next_on = ["delivery_failure", "timeout"]
    }

    route "on_call" {
      to      = group.on_call
      timeout = "30m"
    }

    # A conversation of a few, named one by one.
    route "team" {
      to      = group_of([user("pat@acme.example"), user("pam@acme.example"), user("per@acme.example")])
      timeout = "2h"
    }

    route "channel" {
      to = channel("#network")
    }
  }

  # Some read mail and nothing else. The gateway not answering is reported and holds up nothing.
  hook "after_request" {
    step "http" "mail" {
      integration = integration.http.mail
      method      = "POST"
      path        = "/messages"
      output      = none

      body = {
        to      = ["network@acme.example"]
        subject = "Firewall request ${run.id}"
        text    = "${requester.email} asks for port ${request.fields.port}. Decide in Slack or in the console."
      }
    }
  }

  hook "after_request_forward" {
    notify {
      to   = requester
      text = "Nobody has answered yet; the next ones hear of it now."
    }
  }

  hook "on_request_expire" {
    step "pagerduty_incidents" "open" {
      user     = requester
      on_error = "continue"
    }

    notify {
      when = steps.open.ok && length(steps.open.output) > 0
      to   = group.platform
      text = "${requester.name} works on an incident, and nobody answered for eight hours."
    }
  }

  hook "after_request_expire" {
    notify {
      to   = requester
      text = "Nobody decided within eight hours. Ask again, and call somebody."
    }
  }
}
