# Names that changed, also of what no flow uses.
bundle "moved" {
  language = 1
}

variable "teams" {
  type    = map(object({ label = string }))
  default = {}
}

integration "http" "access" {
  base_url = "https://access.example/v1"
}

environment "main" {
  integrations  = [integration.http.access]
  error_channel = channel("#errors")
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

target "http" "reports" {
  settings = { name = "reports" }
}

# No flow grants it, so that no bundle holds it.
strategy "http" "_access" {
  integration = integration.http.access
  targets     = [target.http.reports]

  escalate {
    call {
      method = "PUT"
      path   = "/people/${identity}/${target.settings.name}"
    }
  }

  deescalate {
    call {
      method = "DELETE"
      path   = "/people/${identity}/${target.settings.name}"
    }
  }
}

moved {
  from = strategy.http.first
  to   = strategy.http.access
}

moved {
  from = strategy.http.access
  to   = strategy.http._access
}

moved {
  from = flow.request
  to   = flow.ask
}

flow "ask" {
  environment = environment.main

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }
}

# Nobody has such a team yet.
flow "team" {
  for_each    = var.teams
  label       = "Ask ${each.value.label}"
  environment = environment.main

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
  }
}
