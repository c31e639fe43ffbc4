# A service of our own gives and takes.

user "dev" { email = "dev@acme.example" }
user "ola" { email = "ola@acme.example" }
user "oda" { email = "oda@acme.example" }

mock "strategy.http.entitlements" "escalate" {
  output = { status = 200, body = { id = "E-7", active = true } }
}

mock "strategy.http.entitlements" "deescalate" {
  output = { status = 204, body = null }
}

scenario "given for an hour" {
  flow = "entitlement"

  request {
    by     = user.dev
    target = target.http.ledger
    fields = { reason = "the monthly close", duration = "1h" }
  }

  approve "owner" { by = user.ola }

  expect {
    state    = "active"
    effects  = ["strategy.http.entitlements.escalate"]
    messages = [{ to = "dm:requester", contains = "You have Ledger, number E-7." }]
  }

  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.http.entitlements.deescalate"]
  }
}

scenario "an answer that does not say active is taken back" {
  flow = "entitlement"

  mock "strategy.http.entitlements" "escalate" {
    output = { status = 200, body = { id = "E-7", active = false } }
  }

  request {
    by     = user.dev
    target = target.http.payroll
    fields = { reason = "the monthly close", duration = "1h" }
  }

  approve "owner" { by = user.ola }

  expect {
    outcome = "errored"
    effects = ["strategy.http.entitlements.escalate", "strategy.http.entitlements.deescalate"]
  }
}

scenario "a service that is slow down is asked again" {
  flow = "entitlement"

  mock "strategy.http.entitlements" "escalate" {
    sequence = [
      { error = { kind = "throttled", status = 429 } },
      { output = { status = 200, body = { id = "E-8", active = true } } },
    ]
  }

  request {
    by     = user.dev
    target = target.http.ledger
    fields = { reason = "the monthly close", duration = "1h" }
  }

  approve "owner" { by = user.ola }
  expect { state = "escalating" }
  advance { by = "5s" }
  expect { state = "active" }
}

scenario "an owner does not let themselves in" {
  flow = "entitlement"

  request {
    by     = user.ola
    target = target.http.ledger
    fields = { reason = "the monthly close", duration = "1h" }
  }

  approve "owner" {
    by     = user.ola
    expect = "refused:own_request"
  }

  deny "owner" { by = user.oda }

  expect {
    outcome = "denied"
    effects = []
  }
}
