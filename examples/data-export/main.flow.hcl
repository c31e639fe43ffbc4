# Personal data leaves the house only if privacy and security both agree, by two different people,
# after a lead has said what it is for.

bundle "data-export" { language = 1 }

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

environment "main" {
  integrations  = [integration.slack.main]
  error_channel = channel("#flow-errors")
}

group "leads" {
  members = [user("lea@acme.example"), user("max@acme.example"), user("ned@acme.example")]
}

group "privacy" {
  members = [user("pia@acme.example"), user("quin@acme.example"), user("max@acme.example")]
}

group "security" {
  members = [user("sia@acme.example"), user("max@acme.example"), user("tom@acme.example")]
}

flow "export" {
  label       = "Export personal data"
  description = "Records who agreed to which export. Nothing is granted."
  retention   = "1000d"

  prompt {
    field "recipient" { type = string }

    field "records" {
      label   = "About how many people?"
      type    = number
      integer = true
      min     = 1
    }

    field "data" {
      label     = "Which data?"
      type      = list(string)
      allowed   = ["names", "addresses", "payments", "health"]
      min_items = 1
    }

    field "purpose" {
      type       = string
      min_length = 20
    }
  }

  permissions {
    request = members
    view    = union(group.privacy, group.security)
  }

  # The first export of a person is looked at more closely.
  hook "on_request" {
    step "run_history" "before" {
      user  = requester
      event = "approve"
      since = "365d"
    }
  }

  approval "lead" {
    approvers   = group.leads
    ask_comment = "required"
    timeout     = "2d"
  }

  # Max is in both groups, and counts for one.
  approval "both" {
    when = (
      steps.before.output.count == 0
      || request.fields.records > 1000
      || contains(request.fields.data, "health")
    )

    distinct     = true
    timeout      = "3d"
    remind_every = "8h"

    rule "privacy" {
      approvers = group.privacy
      quorum    = contains(request.fields.data, "health") ? 2 : 1
    }

    rule "security" { approvers = group.security }

    notify {
      to   = union(group.privacy, group.security)
      text = "${request.fields.records} people, ${join(", ", request.fields.data)}, to ${request.fields.recipient}: ${request.fields.purpose}. Their lead says: ${coalesce(approval.lead.comment, "–")}"
    }
  }

  hook "after_approve" {
    notify {
      to   = requester
      text = "Agreed by ${join(", ", run.approved_by[*].name)}. Keep the number ${run.id} with the export."
    }
  }
}
