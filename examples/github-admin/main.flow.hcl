# The settings of one repository for an hour. Only somebody who may push already can ask, and one
# who administers the repository today must agree.

bundle "github-admin" { language = 1 }

secret "github_token" { description = "A token that may read and change collaborators." }

integration "github" "main" {
  organization = "acme"
  token        = secret.github_token
}

integration "http" "github" {
  base_url = "https://api.github.com"
  auth "bearer" { token = secret.github_token }
}

environment "main" {
  integrations = [integration.github.main, integration.http.github]
}

identities {
  map = {
    "ana@acme.example" = { github = "ana-codes" }
    "bo@acme.example"  = { github = "bo42" }
    "cy@acme.example"  = { github = "cy-at-work" }
  }
}

group "owners" {
  members = [user("ana@acme.example"), user("bo@acme.example"), user("cy@acme.example")]
}

target "github_repo" "admin" {
  label      = "Repository settings"
  repo       = request.fields.repository
  permission = "admin"
}

strategy "github" "admin" {
  integration    = integration.github.main
  targets        = [target.github_repo.admin]
  on_preexisting = "keep"
}

flow "settings" {
  label = "Repository settings"

  prompt {
    field "repository" {
      type    = string
      help    = "The name, without the organization."
      pattern = "[a-z0-9][a-z0-9-]{0,99}"
    }

    field "change" {
      label      = "What will you change?"
      type       = string
      min_length = 10
    }
  }

  permissions { request = members }

  hook "on_request" {
    step "http" "collaborators" {
      integration = integration.http.github
      method      = "GET"
      path        = "/repos/acme/${request.fields.repository}/collaborators"
      query       = { permission = "push" }
      output      = list(object({ login = string, role_name = string }))

      paginate {
        mode      = "link"
        page_size = 100
      }
    }

    decision "deny" {
      when   = requester.identities["github"] == null
      reason = "It is not known who you are on GitHub: ask an admin to say so."
    }

    decision "deny" {
      when   = !contains(steps.collaborators.output[*].login, coalesce(requester.identities["github"], "-"))
      reason = "Only those who may push already can ask for the settings."
    }
  }

  approval "owner" {
    approvers = group.owners
    timeout   = "4h"
  }

  grant {
    strategy     = strategy.github.admin
    target       = target.github_repo.admin
    duration     = "1h"
    max_duration = "1h"
  }
}
