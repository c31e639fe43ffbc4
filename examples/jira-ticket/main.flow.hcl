# Production access belongs to a ticket in work. The ticket is read before anybody is asked, becomes
# part of the card, and gets a comment when access begins and ends.

bundle "jira" { language = 1 }

secret "jira_user" { description = "The address of the Jira account." }

secret "jira_token" { description = "The API token of that account." }

integration "http" "jira" {
  base_url = "https://acme.atlassian.net/rest/api/3"

  auth "basic" {
    username = secret.jira_user
    password = secret.jira_token
  }
}

integration "aws" "main" { region = "us-east-1" }

environment "main" {
  integrations = [integration.http.jira, integration.aws.main]
}

group "sre" {
  members = [user("sam@acme.example"), user("sue@acme.example"), user("sid@acme.example")]
}

target "aws_sso_group" "operators" {
  label    = "Operators of production"
  group_id = "90672ab5c0-0a1b2c3d-4444-5555-6666-777788889999"
}

strategy "aws_sso" "production" {
  integration  = integration.aws.main
  instance_arn = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
  targets      = [target.aws_sso_group.operators]
}

flow "operate" {
  label = "Operate production"

  prompt {
    field "ticket" {
      type    = string
      pattern = "OPS-[1-9][0-9]{0,6}"
    }

    field "duration" {
      type    = duration
      allowed = ["30m", "2h"]
    }
  }

  permissions { request = members }

  hook "on_request" {
    step "http" "ticket" {
      integration = integration.http.jira
      method      = "GET"
      path        = "/issue/${request.fields.ticket}"
      query       = { fields = "summary,status,assignee" }

      output = object({
        fields = object({
          summary  = string
          status   = object({ name = string })
          assignee = optional(object({ emailAddress = string }))
        })
      })
    }

    decision "deny" {
      when   = steps.ticket.output.fields.status.name != "In Progress"
      reason = "${request.fields.ticket} is not in progress."
    }

    decision "deny" {
      when = (
        steps.ticket.output.fields.assignee == null
        || lower(steps.ticket.output.fields.assignee.emailAddress) != requester.email
      )

      reason = "${request.fields.ticket} is not yours: assign it to yourself first."
    }
  }

  approval "sre" {
    approvers = group.sre
    timeout   = "2h"

    notify {
      to   = group.sre
      text = "${requester.name} wants to operate production for ${request.fields.duration}, for ${request.fields.ticket}: ${steps.ticket.output.fields.summary}"
    }
  }

  grant {
    strategy     = strategy.aws_sso.production
    target       = target.aws_sso_group.operators
    duration     = request.fields.duration
    max_duration = "2h"
  }

  # A comment is made for its effect: when Jira is away it is reported and nothing else changes.
  hook "after_escalate" {
    step "http" "begun" {
      integration = integration.http.jira
      when        = steps.escalate.ok
      method      = "POST"
      path        = "/issue/${request.fields.ticket}/comment"
      output      = none

      body = {
        body = {
          type    = "doc"
          version = 1
          content = [{
            type    = "paragraph"
            content = [{ type = "text", text = "${requester.email} operates production (request ${run.id})." }]
          }]
        }
      }
    }
  }

  hook "after_deescalate" {
    step "http" "ended" {
      integration = integration.http.jira
      method      = "POST"
      path        = "/issue/${request.fields.ticket}/comment"
      output      = none

      body = {
        body = {
          type    = "doc"
          version = 1
          content = [{
            type    = "paragraph"
            content = [{ type = "text", text = "${requester.email} is out of production (request ${run.id})." }]
          }]
        }
      }
    }
  }
}
