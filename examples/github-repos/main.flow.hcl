# Write access to repositories. They are listed when the form is shown, several may be chosen, and
# reading and writing are two targets with their own words.

bundle "github" { language = 1 }

secret "github_token" { description = "A token that may read repositories and change collaborators." }

integration "github" "main" {
  organization = "acme"
  token        = secret.github_token
}

integration "http" "github" {
  base_url = "https://api.github.com"
  headers  = { Accept = "application/vnd.github+json", "X-GitHub-Api-Version" = "2022-11-28" }

  auth "bearer" { token = secret.github_token }
}

environment "main" {
  integrations = [integration.github.main, integration.http.github]
}

# Whose account is whose: an address is no login.
identities {
  map = {
    "ana@acme.example" = { github = "ana-codes" }
    "bo@acme.example"  = { github = "bo42" }
  }

  override "cy@acme.example" { github = "cy-at-work" }
}

group "maintainers" {
  members = [user("ana@acme.example"), user("bo@acme.example"), user("cy@acme.example")]
}

target "github_repo" "triage" {
  label      = "Triage issues"
  each_of    = request.fields.repositories
  repo       = item
  permission = "triage"
}

target "github_repo" "push" {
  label      = "Push branches"
  each_of    = request.fields.repositories
  repo       = item
  permission = "push"
}

strategy "github" "repositories" {
  integration = integration.github.main
  targets     = [target.github_repo.triage, target.github_repo.push]
}

flow "repositories" {
  label = "Repositories"

  prompt {
    field "target" {
      label   = "What for"
      type    = target
      allowed = strategy.github.repositories.targets
    }

    field "repositories" {
      type      = list(string)
      min_items = 1
      max_items = 10

      options {
        step "http" "repositories" {
          integration = integration.http.github
          method      = "GET"
          path        = "/orgs/acme/repos"
          query       = { sort = "pushed", type = "private" }
          output      = list(object({ name = string, archived = bool }))

          paginate {
            mode      = "page"
            page_size = 100
            max_pages = 3
            on_limit  = "truncate"
          }
        }

        values = [for r in steps.repositories.output : { value = r.name, label = r.name } if !r.archived]
      }
    }

    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["1d", "3d", "7d"]
      default = "1d"
    }
  }

  permissions { request = members }

  approval "maintainer" {
    approvers = group.maintainers
    timeout   = "1d"
  }

  grant {
    strategy     = strategy.github.repositories
    duration     = request.fields.duration
    max_duration = "7d"
  }
}
