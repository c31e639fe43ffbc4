# Who decides follows from where the requester works. Okta is asked for the department; each has its
# own people and its own channel, and who fits nowhere is decided by IT.

bundle "department-routing" { language = 1 }

secret "slack_bot_token" { description = "The token of the Slack app." }

secret "okta_token" { description = "A token that may read people and change members of groups." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta_token
}

environment "main" {
  integrations  = [integration.slack.main, integration.okta.main]
  error_channel = channel("#flow-errors")
}

group "finance_leads" {
  members = [user("fay@acme.example"), user("gus@acme.example")]
}

group "engineering_leads" { from_slack_usergroup = "S0ENGLEADS" }

group "it" { from_okta = "00gIT" }

target "okta_group" "reports" {
  label    = "Reports"
  group_id = "00gReports"
}

target "okta_group" "warehouse" {
  label    = "Data warehouse"
  group_id = "00gWarehouse"
}

strategy "okta_group" "data" {
  integration = integration.okta.main
  targets     = [target.okta_group.reports, target.okta_group.warehouse]
}

message "ask" {
  args = { department = string }
  text = "*${requester.name}* (${args.department}) asks for *${request.target.label}* for ${request.fields.duration}: ${request.fields.reason}"
}

flow "data" {
  label = "Data"

  prompt {
    field "target" {
      type    = target
      allowed = strategy.okta_group.data.targets
    }

    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["1h", "8h", "3d"]
    }
  }

  permissions {
    request = everyone
    view    = union(group.it, admins)
  }

  hook "on_request" {
    step "okta_user" "profile" {
      user   = requester
      output = object({ department = optional(string) })
    }

    step "value" "department" {
      value = coalesce(steps.profile.output.profile.department, "unknown")
    }
  }

  # Who may decide, and who hears, are two things: the channel hears, the leads decide.
  approval "department" {
    approvers = (
      steps.department.output == "Finance" ? group.finance_leads
      : steps.department.output == "Engineering" ? group.engineering_leads
      : group.it
    )

    fallback_approvers = group.it
    on_timeout         = "fallback"
    timeout            = "4h"

    notify {
      to      = steps.department.output == "Finance" ? channel("#finance") : channel("#access")
      message = message.ask
      args    = { department = steps.department.output }
    }
  }

  grant {
    strategy     = strategy.okta_group.data
    duration     = request.fields.duration
    max_duration = "3d"
  }
}
