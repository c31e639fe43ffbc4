# Several Okta groups with one approval. The groups are fetched page by page from Okta when the form
# is shown, and narrowed by what was chosen above.

bundle "okta-groups" { language = 1 }

variable "okta_domain" {
  type    = string
  default = "acme.okta.example"
}

secret "okta_token" { description = "A token that may read groups and change their members." }

integration "okta" "main" {
  domain    = var.okta_domain
  api_token = secret.okta_token
}

# The same Okta, for what has no step of its own.
integration "http" "okta" {
  base_url = "https://${var.okta_domain}/api/v1"
  headers  = { Authorization = "SSWS ${secret.okta_token}" }
}

environment "main" {
  integrations = [integration.okta.main, integration.http.okta]
}

group "leads" {
  from_okta = "00gTeamLeads"
  minimum   = 3
}

# One target for each group that was chosen: all are granted, or none.
target "okta_group" "chosen" {
  label    = "The chosen groups"
  each_of  = request.fields.groups
  group_id = item
}

strategy "okta_group" "chosen" {
  integration = integration.okta.main
  targets     = [target.okta_group.chosen]
}

flow "groups" {
  label = "Groups in Okta"

  prompt {
    header = "Ask for the groups of one application at a time."

    field "application" {
      type    = string
      allowed = ["analytics", "billing", "support"]
    }

    field "groups" {
      type      = list(string)
      min_items = 1
      max_items = 5

      options {
        step "http" "groups" {
          integration = integration.http.okta
          method      = "GET"
          path        = "/groups"
          query       = { search = "profile.name sw \"${request.fields.application}-\"" }
          output      = list(object({ id = string, profile = object({ name = string }) }))

          # Okta names the next page in a header.
          paginate {
            mode       = "link"
            size_param = "limit"
            page_size  = 50
            max_pages  = 4
            on_limit   = "truncate"
          }
        }

        values = [for g in steps.groups.output : { value = g.id, label = truncate(g.profile.name, 75) }]
        cache  = "5m"
      }
    }

    field "reason" {
      type       = string
      min_length = 10
    }

    field "duration" {
      type    = duration
      allowed = ["1h", "8h", "1d"]
    }
  }

  permissions { request = members }

  approval "lead" {
    approvers   = group.leads
    ask_comment = "optional"
    timeout     = "8h"
  }

  grant {
    strategy     = strategy.okta_group.chosen
    target       = target.okta_group.chosen
    duration     = request.fields.duration
    max_duration = "1d"
  }
}
