# A job of CircleCI waits at a hold step. Somebody asks for it here, a release manager approves, and
# the job goes on.

bundle "ci" { language = 1 }

variable "slack_workspace" {
  type        = string
  description = "The id of the Slack workspace."
}

secret "circleci_token" { description = "A personal API token of CircleCI." }

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "http" "circleci" {
  base_url = "https://circleci.com/api/v2"
  headers  = { "Circle-Token" = secret.circleci_token }
}

integration "slack" "main" {
  workspace = var.slack_workspace
  bot_token = secret.slack_bot_token
}

environment "prod" {
  integrations  = [integration.http.circleci, integration.slack.main]
  error_channel = channel("#flow-errors")
}

group "release_managers" {
  members = [user("ana@acme.example"), user("bo@acme.example"), user("cy@acme.example")]
}

flow "release" {
  label       = "Release a held job"
  description = "Lets a CircleCI workflow go on after its hold step."

  prompt {
    field "workflow_id" {
      type    = string
      label   = "Workflow"
      help    = "The id in the address of the workflow."
      pattern = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    }
    field "reason" {
      type       = string
      min_length = 5
    }
  }

  permissions { request = members }

  approval "release" {
    approvers = group.release_managers
    timeout   = "2h"

    notify {
      to   = channel("#releases")
      text = "${requester.name} asks to release ${request.fields.workflow_id}: ${request.fields.reason}"
    }
  }

  hook "on_approved" {
    step "http" "jobs" {
      integration = integration.http.circleci
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
      integration = integration.http.circleci
      method      = "POST"
      # flowc:allow N608 "CircleCI chose the id of its job"
      path   = "/workflow/${request.fields.workflow_id}/approve/${steps.held.output}"
      output = none
    }
  }

  hook "after_approve" {
    notify {
      to   = channel("#releases")
      text = "${request.fields.workflow_id} goes on, for ${requester.name}."
    }
  }
}
