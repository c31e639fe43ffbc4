# A pipeline asks: it hands in what `terraform plan` would do. What destroys nothing goes on by
# itself, everything else waits for a person, and the pipeline is told over HTTP.

bundle "terraform-plan" { language = 1 }

variable "pipeline_bot" {
  type        = string
  description = "The address of the bot that the pipeline asks with."
}

secret "ci_token" { description = "A token that may resume pipelines." }

secret "slack_bot_token" { description = "The token of the Slack app." }

integration "http" "ci" {
  base_url = "https://ci.acme.example/api"
  auth "bearer" { token = secret.ci_token }
}

integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = secret.slack_bot_token
}

environment "prod" {
  integrations  = [integration.http.ci, integration.slack.main]
  error_channel = channel("#flow-errors")
}

group "platform" {
  members = [user("pat@acme.example"), user("pam@acme.example"), user("per@acme.example")]
}

flow "apply" {
  label               = "Apply a Terraform plan"
  sources             = ["api"]
  allow_auto_approval = true

  # What the pipeline hands in beside the form; checked before anything runs.
  context = object({
    create  = number
    change  = number
    destroy = number
    files   = list(string)
  })

  prompt {
    field "pipeline" {
      type    = string
      pattern = "[0-9]{1,12}"
    }

    field "workspace" {
      type    = string
      allowed = ["network", "databases", "applications"]
    }
  }

  permissions { request = user(var.pipeline_bot) }

  hook "on_request" {
    decision "deny" {
      when   = !any([for f in request.context.files : endswith(f, ".tf")])
      reason = "No Terraform file was changed."
    }

    decision "approve" {
      when   = request.context.destroy == 0 && request.fields.workspace == "applications"
      reason = "Nothing is destroyed, and only applications change."
    }
  }

  approval "platform" {
    approvers = group.platform
    quorum    = request.fields.workspace == "databases" ? 2 : 1
    timeout   = "8h"

    notify {
      to   = channel("#terraform")
      text = "`${request.fields.workspace}`: ${request.context.create} to add, ${request.context.change} to change, *${request.context.destroy} to destroy*. Pipeline ${request.fields.pipeline}, request ${run.id}."
    }
  }

  # Once for each request, by a person or not: `source` tells which.
  hook "on_approved" {
    step "http" "resume" {
      integration = integration.http.ci
      method      = "POST"
      path        = "/pipelines/${request.fields.pipeline}/resume"
      body        = { approved = true, by = event.source == "automation" ? "flow" : event.actor.email }
      output      = none
    }
  }

  hook "after_deny" {
    step "http" "stop" {
      integration = integration.http.ci
      method      = "POST"
      path        = "/pipelines/${request.fields.pipeline}/resume"
      body        = { approved = false, by = "flow" }
      output      = none
    }
  }
}
