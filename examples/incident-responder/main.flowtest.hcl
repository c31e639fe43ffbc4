# Whoever works on an incident is in at once; others are let in by who is on call.

user "dev" { email = "dev@acme.example" }
user "onc" { email = "onc@acme.example" }
user "sam" { email = "sam@acme.example" }

mock "pagerduty_incidents" "mine" {
  output = []
}

mock "pagerduty_users_on_call" "now" {
  output = [user.onc]
}

mock "strategy.aws_sso.logs" "escalate" {
  output = { preexisting = false }
}

mock "strategy.aws_sso.logs" "deescalate" {}

scenario "an open incident lets in at once" {
  flow = "logs"

  mock "pagerduty_incidents" "mine" {
    output = [{ id = "P1", title = "checkout is down", status = "triggered", urgency = "high", at = "2026-01-05T08:55:00Z" }]
  }

  request {
    by     = user.dev
    fields = { reason = "checkout is down", duration = "4h" }
  }

  expect {
    state    = "active"
    decided  = "auto"
    messages = [{ to = "#production", contains = "nobody was asked" }]
  }

  advance { by = "4h" }
  expect { outcome = "ok" }
}

scenario "without an incident the one on call decides" {
  flow = "logs"

  request {
    by     = user.dev
    fields = { reason = "a slow search", duration = "1h" }
  }

  expect {
    waiting  = ["on_call"]
    messages = [{ to = "dm:onc@acme.example", contains = "a slow search" }]
  }

  approve "on_call" {
    by     = user.sam
    expect = "refused:not_an_approver"
  }

  approve "on_call" { by = user.onc }

  expect {
    state   = "active"
    decided = "people"
  }
}

scenario "PagerDuty is down: nobody gets in by that" {
  flow = "logs"

  mock "pagerduty_incidents" "mine" {
    error = { kind = "server_error", message = "503" }
  }

  mock "pagerduty_users_on_call" "now" {
    error = { kind = "server_error", message = "503" }
  }

  request {
    by     = user.dev
    fields = { reason = "a slow search", duration = "1h" }
  }

  expect {
    state     = "pending"
    decided   = "nobody"
    condition = approval.on_call.on_fallback
    effects   = ["pagerduty_incidents.mine", "pagerduty_users_on_call.now"]
    messages  = [{ to = "#flow-errors", contains = "PagerDuty does not answer" }]
  }

  approve "on_call" { by = user.sam }
  expect { state = "active" }
}

scenario "nobody answers for an hour" {
  flow = "logs"

  request {
    by     = user.dev
    fields = { reason = "a slow search", duration = "1h" }
  }

  advance { by = "30m" }
  expect { condition = approval.on_call.on_fallback }
  advance { by = "30m" }
  expect { outcome = "expired" }
}
