# At once, told to everybody, and ended by anybody.

user "ana" { email = "ana@acme.example" }
user "bo" { email = "bo@acme.example" }
user "dev" { email = "dev@acme.example" }

mock "strategy.aws_sso.production" "escalate" {
  output = { preexisting = false }
}

mock "strategy.aws_sso.production" "deescalate" {}

scenario "an incident commander is in at once, and everybody hears of it first" {
  flow = "break_glass"

  request {
    by     = user.ana
    fields = { incident = "payments are down" }
  }

  expect {
    state     = "active"
    decided   = "auto"
    messages  = [{ to = "#incidents", contains = "payments are down" }]
    effects   = ["strategy.aws_sso.production.escalate"]
    condition = run.grant.expires_at == timestamp("2026-01-05T10:00:00Z")
  }

  advance { by = "1h" }

  expect {
    outcome  = "ok"
    effects  = ["strategy.aws_sso.production.deescalate"]
    messages = [{ to = "#incidents", contains = "no longer administrator" }]
  }
}

scenario "any member may end it" {
  flow = "break_glass"

  request {
    by     = user.ana
    fields = { incident = "payments are down" }
  }

  revoke {
    by     = user.dev
    reason = "the incident is over"
  }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_sso.production.escalate", "strategy.aws_sso.production.deescalate"]
  }
}

scenario "nobody else breaks the glass, or sees the form" {
  flow = "break_glass"

  prompt {
    by     = user.dev
    expect = "refused:not_permitted"
  }

  request {
    by     = user.dev
    fields = { incident = "payments are down" }
    expect = "refused:not_permitted"
  }
}

scenario "access that was there before is left alone" {
  flow = "break_glass"

  mock "strategy.aws_sso.production" "escalate" {
    output = { preexisting = true }
  }

  request {
    by     = user.bo
    fields = { incident = "payments are down" }
  }

  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_sso.production.escalate"]
  }
}
