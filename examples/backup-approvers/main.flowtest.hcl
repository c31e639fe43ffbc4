# A request that nobody answers is told to more and more people.

user "dev" { email = "dev@acme.example" }
user "pat" { email = "pat@acme.example" }
user "onc" { email = "onc@acme.example" }
user "eve" { email = "eve@acme.example" }

group "on_call" { members = [user.onc] }

mock "http" "mail" {}

scenario "the one on call opens the port" {
  flow = "firewall"

  request {
    by     = user.dev
    fields = { from = "10.0.0.0/8", to = "10.1.0.0/16", port = 443, reason = "a new service" }
  }

  expect {
    effects  = ["http.mail"]
    messages = [{ to = "#network", contains = "port 443" }]
  }

  approve "platform" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  advance { by = "30m" }

  expect {
    messages = [
      { to = "group:on_call" },
      { to = "dm:requester", contains = "the next ones hear of it now" },
    ]
  }

  approve "platform" { by = user.onc }
  expect { outcome = "ok" }
}

scenario "nobody for eight hours, during an incident" {
  flow = "firewall"

  mock "pagerduty_incidents" "open" {
    output = [{ id = "P1", title = "down", status = "triggered", urgency = "high", at = "2026-01-05T08:00:00Z" }]
  }

  request {
    by     = user.dev
    fields = { from = "10.0.0.0/8", to = "10.1.0.0/16", port = 443, reason = "a new service" }
  }

  advance { by = "8h" }

  expect {
    outcome = "expired"
    effects = ["http.mail", "pagerduty_incidents.open"]

    messages = [
      { to = "group:platform", contains = "works on an incident" },
      { to = "dm:requester", contains = "Nobody decided within eight hours" },
    ]
  }
}

scenario "PagerDuty is down: it expires all the same" {
  flow = "firewall"

  mock "pagerduty_incidents" "open" {
    error = { kind = "network" }
  }

  request {
    by     = user.dev
    fields = { from = "10.0.0.0/8", to = "10.1.0.0/16", port = 443, reason = "a new service" }
  }

  advance { by = "8h" }
  expect { outcome = "expired" }
}

scenario "the platform team does not open its own ports" {
  flow = "firewall"

  request {
    by     = user.pat
    fields = { from = "10.0.0.0/8", to = "10.1.0.0/16", port = 22, reason = "a new service" }
  }

  approve "platform" {
    by     = user.pat
    expect = "refused:own_request"
  }
}
