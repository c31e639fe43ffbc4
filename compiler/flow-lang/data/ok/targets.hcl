# Every built-in kind of target, known at build and read from the request.

bundle "targets" { language = 1 }

variable "teams" {
  type    = map(string)
  default = { billing = "00gBilling", search = "00gSearch" }
}

secret "okta" {}
secret "github" {}

integration "aws" "main" { region = "eu-central-1" }

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta
}

integration "github" "main" {
  organization = "acme"
  token        = secret.github
}

environment "main" {
  integrations  = [integration.aws.main, integration.okta.main, integration.github.main]
  error_channel = channel("#access-errors")
}

identities {
  key = "email"
  map = { "Ana@acme.example" = { github = "ana-gh" } }

  override "bo@acme.example" {
    okta    = "00uBo"
    manager = "ana@acme.example"
  }

  from "okta" {
    integration = integration.okta.main
    manager     = "profile.managerEmail"
  }

  from "aws_sso" {
    integration = integration.aws.main
    id          = "UserId"
    lookup      = lower(requester.email)
  }
}

# One target for each team, filled in by the request.
target "okta_group" "team" {
  group_id = lookup(var.teams, request.fields.team, "00gNobody")
}

target "okta_group" "admins" {
  label    = "Okta admins"
  group_id = "00gAdmins"
}

strategy "okta_group" "groups" {
  integration    = integration.okta.main
  targets        = [target.okta_group.team, target.okta_group.admins]
  on_preexisting = "deny"
  residual       = "15m"

  deescalate {
    retry {
      backoff = "10s"
      budget  = "2h"
    }
  }
}

target "aws_sso_permission_set" "read" {
  label              = "Read only"
  permission_set_arn = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
  account_id         = request.fields.account
}

target "aws_sso_group" "oncall" {
  group_id = "90672ab5c0-6b8e1f0a-1111-2222-3333-444455556666"
}

strategy "aws_sso" "accounts" {
  integration  = integration.aws.main
  instance_arn = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
  targets      = [target.aws_sso_permission_set.read, target.aws_sso_group.oncall]

  identity {
    step "aws_lambda" "directory" {
      function = "arn:aws:lambda:eu-central-1:123456789012:function:directory:live"
      reads    = true
      payload  = { email = requester.email }
      output   = object({ user_id = string })
    }

    value = steps.directory.output.user_id
  }
}

target "aws_iam_group" "legacy" { group = "legacy-admins" }

strategy "aws_iam" "legacy" {
  integration = integration.aws.main
  targets     = [target.aws_iam_group.legacy]
  overlap     = "each"
}

target "github_repo" "repos" {
  each_of    = request.fields.repos
  repo       = item
  permission = "push"
}

target "github_team" "sre" {
  team = "sre"
  role = "member"
}

strategy "github" "code" {
  integration = integration.github.main
  targets     = [target.github_repo.repos, target.github_team.sre]
}

flow "groups" {
  prompt {
    field "target" {
      type    = target
      allowed = strategy.okta_group.groups.targets
    }

    field "team" {
      type    = string
      allowed = keys(var.teams)
    }

    field "reason" { type = string }

    field "duration" {
      type = duration
      max  = "4h"
    }
  }

  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.okta_group.groups
    duration     = request.fields.duration
    max_duration = "4h"

    extend {
      max_times = 2
      max_total = "12h"
    }
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "You were in it before: ${steps.escalate.output.preexisting}"
    }
  }
}

flow "accounts" {
  prompt {
    field "account" {
      type    = string
      pattern = "[0-9]{12}"
    }
    field "reason" { type = string }
  }

  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.aws_sso.accounts
    targets      = [target.aws_sso_group.oncall, target.aws_sso_permission_set.read]
    duration     = "1h"
    max_duration = "1h"

    extend {
      max_times = 1
      max_total = "2h"
      approval  = approval.owner
    }
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok && steps.escalate.outputs["read"] != null
      to   = requester
      text = "Before: ${steps.escalate.outputs["read"].preexisting}, ${request.fields.reason}"
    }
  }
}

flow "legacy" {
  prompt {
    field "reason" { type = string }
  }

  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy        = strategy.aws_iam.legacy
    target          = target.aws_iam_group.legacy
    ends            = "on_revoke"
    standing_reason = "The legacy console knows no shorter access."
  }
}

# The repositories are fetched when the form is shown, and again when the request arrives.
flow "code" {
  allow_auto_approval = true

  prompt {
    header = "Ask for the repositories of one project at a time."

    field "wide" {
      type     = bool
      required = false
      default  = false
    }

    field "project" {
      type     = string
      required = false
      visible  = !request.fields.wide
      options {
        step "aws_lambda" "projects" {
          function = "arn:aws:lambda:eu-central-1:123456789012:function:projects:live"
          reads    = true
          timeout  = "3s"
          payload  = { email = requester.email }
          output   = object({ names = list(string) })
        }

        values = [for n in steps.projects.output.names : { value = n, label = "Project ${n}" }]
        cache  = "5m"
      }
    }

    field "repos" {
      type      = list(string)
      max_items = 5
      options {
        step "aws_lambda" "repos" {
          function = "arn:aws:lambda:eu-central-1:123456789012:function:repos:live"
          reads    = true
          timeout  = "5s"
          payload  = { project = request.fields.project, email = requester.email }
          output   = list(object({ name = string, title = string }))
        }

        values = [for r in steps.repos.output : { value = r.name, label = r.title }]
      }
    }

    field "reviewers" {
      type      = list(user)
      min_items = 1
    }

    field "reason" {
      type    = string
      default = "work on ${coalesce(request.fields.project, "everything")}"
    }
  }

  permissions { request = members }

  approval "reviewers" {
    approvers = request.fields.reviewers

    notify {
      to   = approvers
      text = "${requester.name} wants ${join(", ", request.fields.repos)}: ${request.fields.reason}"
    }
  }

  grant {
    strategy     = strategy.github.code
    targets      = [target.github_team.sre, target.github_repo.repos]
    duration     = "1h"
    max_duration = "1h"

    extend {
      max_times = 1
      max_total = "2h"
      approval  = "none"
    }
  }
}
