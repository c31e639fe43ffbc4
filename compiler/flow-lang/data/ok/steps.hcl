bundle "steps" { language = 1 }

secret "ci" {}

secret "sso" {}

secret "slack" {}

secret "pagerduty" {}

secret "okta" {}

integration "slack" "chat" {
  workspace = "T123ABCDE"
  bot_token = secret.slack
}

integration "pagerduty" "ops" { api_token = secret.pagerduty }

integration "okta" "staff" {
  domain    = "acme.okta.com"
  api_token = secret.okta
}

integration "aws" "main" { region = "us-east-1" }

integration "http" "ci" {
  base_url = "https://circleci.example/api/v2/"
  headers  = { "Circle-Token" = secret.ci, "X-Team" = "platform" }
}

integration "http" "training" {
  base_url           = "https://training.example"
  max_response_bytes = 65536
  auth "oauth2_client_credentials" {
    token_url     = "https://login.example/token"
    client_id     = "flow"
    client_secret = secret.sso
    scopes        = ["read"]
  }
}

environment "main" {
  integrations = [
    integration.aws.main,
    integration.http.ci,
    integration.http.training,
    integration.slack.chat,
    integration.pagerduty.ops,
    integration.okta.staff,
  ]
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

flow "ci" {
  prompt {
    field "workflow_id" {
      type    = string
      pattern = "[0-9a-f-]{36}"
    }
    field "note" { type = string }
  }

  permissions { request = members }

  hook "on_request" {
    step "http" "courses" {
      integration = integration.http.training
      method      = "GET"
      path        = "/people/${requester.email}/courses/"
      query       = { state = "done", since = null, tag = ["a", "b"] }
      output      = list(object({ id = string, done = bool }))
      retry { on = ["throttled", "connect", "network"] }
      paginate {
        mode      = "cursor"
        items     = "data"
        next      = "meta.next"
        page_size = 50
      }
    }
    decision "deny" {
      when   = !any([for c in steps.courses.output : c.done && c.id == "prod"])
      reason = "The course for production is missing."
    }
  }

  approval "lead" { approvers = group.leads }

  hook "on_approved" {
    step "http" "jobs" {
      integration = integration.http.ci
      method      = "GET"
      path        = "/workflow/${request.fields.workflow_id}/job"
      output      = object({ items = list(object({ id = string, type = string, status = string })) })
    }

    step "value" "held" {
      value = first([for j in steps.jobs.output.items : j.id if j.type == "approval" && j.status == "on_hold"])
    }

    fail {
      when    = steps.held.output == null
      message = "No held job in workflow ${request.fields.workflow_id}."
    }

    step "http" "release" {
      integration      = integration.http.ci
      method           = "POST"
      # flowc:allow N608 "the id of the job is the service's own"
      path             = "/workflow/${request.fields.workflow_id}/approve/${steps.held.output}"
      headers          = { Authorization = "Bearer ${secret.ci}", "X-Run" = run.id }
      body             = { note = request.fields.note, by = run.approved_by[*].email }
      expect           = [200, 202, 409]
      response_headers = ["X-Request-Id"]
      output           = none
      auth "basic" {
        username = "flow"
        password = secret.ci
      }
    }
  }
}

group "oncall" { from_pagerduty_schedule = "PSCHED1" }

flow "people" {
  prompt {
    field "team" {
      type    = string
      allowed = ["red", "blue"]
    }
  }

  permissions { request = members }

  hook "on_request" {
    step "pagerduty_on_call" "me" {
      user     = requester
      schedule = "PSCHED1"
      level    = 1
    }
    step "pagerduty_users_on_call" "them" {
      escalation_policy = "PPOLICY"
      on_error          = "continue"
    }
    step "pagerduty_incidents" "open" {
      user     = requester
      services = ["PSVC1", "PSVC2"]
    }
    step "okta_user" "profile" {
      user   = requester
      output = object({ department = string, title = optional(string) })
    }
    step "okta_user_groups" "groups" { user = requester }
    step "okta_group_members" "admins" { group_id = "00g1" }
    step "slack_user" "chat" { user = requester }
    step "slack_members" "channel" { channel = channel("#ops") }
    step "slack_members" "handle" {
      usergroup = "S0123"
      when      = request.fields.team == "red"
    }
    step "is_member" "lead" {
      user  = requester
      group = group.leads
    }
    step "identity" "login" {
      provider = "okta"
      user     = requester
    }
    step "run_history" "before" {
      user            = requester
      event           = "deny"
      since           = "7d"
      until           = "1h"
      by              = "target"
      include_errored = true
    }
    decision "deny" {
      when = (
        steps.before.output.count > 3
        || contains(steps.groups.output, "00gCONTRACTORS")
        || steps.login.output == null
        || steps.profile.output.profile.title == "intern"
      )
    }
    decision "ignore" {
      when    = !steps.me.output.on_call && steps.me.output.until == null && length(steps.open.output) == 0
      message = "Nobody called you."
    }
    decision "deny" {
      when   = request.fields.team == "red" && !is_member(requester, group.leads)
      reason = "Red is for the leads."
    }
    notify {
      to   = channel("#ops")
      when = !steps.them.ok || !steps.handle.ok
      text = "PagerDuty does not answer."
    }
  }

  approval "lead" {
    approvers = steps.lead.output.member ? steps.admins.output : (
      steps.profile.output.profile.department == "it" ? steps.channel.output : group.oncall
    )
    fallback_approvers = group.leads
    on_timeout         = "fallback"
    notify {
      to   = channel("#ops")
      when = steps.chat.output != null && !is_member(requester, group.oncall)
      text = "Asked by ${requester}, on call: ${steps.them.ok ? length(steps.them.output) : 0}."
    }
  }

  hook "after_approve" {
    step "identity_save" "keep" {
      provider = "okta"
      user     = requester
      id       = coalesce(steps.login.output, requester.email)
    }
    step "slack_members" "handle_again" { usergroup = "S0123" }
    notify {
      to   = requester
      text = "Told ${length(steps.handle_again.output)} people."
    }
  }
}
