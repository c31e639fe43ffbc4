# Who is on call has it at once, others need one approval, or three where the change is risky.

clock {
  start = "2026-01-05T09:00:00Z"
}

user "ana" {
  email      = "ana@acme.example"
  name       = "Ana"
  identities = { okta = "00uAna0000" }
}

user "sec1" { email = "s1@acme.example" }
user "sec2" { email = "s2@acme.example" }
user "sec3" { email = "s3@acme.example" }
user "sec4" { email = "s4@acme.example" }
user "lea" { email = "lea@acme.example" }
user "max" { email = "max@acme.example" }

group "security" {
  members = [user.sec1, user.sec2, user.sec3, user.sec4]
}

mock "http" "change" {
  output = { frozen = false, risk = 10, owner_email = null }
}

mock "pagerduty_on_call" "oncall" {
  output = { on_call = false, until = null }
}

mock "strategy.okta_group.admins" "escalate" {
  output = { preexisting = false }
}

mock "strategy.okta_group.admins" "deescalate" {
  output = { preexisting = false }
}

scenario "on-call engineer in an incident gets access at once" {
  flow = "prod_admin"

  mock "pagerduty_on_call" "oncall" {
    output = { on_call = true, until = "2026-01-05T17:00:00Z" }
  }

  request {
    by     = user.ana
    target = target.okta_group.prod_admins
    fields = { urgency = "incident", reason = "database is on fire", duration = "1h" }
  }

  expect {
    state     = "active"
    decided   = "auto"
    messages  = [{ to = "dm:requester", contains = "You are in Production admins" }]
    condition = run.grant.expires_at == timestamp("2026-01-05T10:00:00Z")

    effects = [
      "pagerduty_on_call.oncall",
      "http.change",
      "strategy.okta_group.admins.escalate",
    ]
  }

  advance { by = "1h" }

  expect {
    state   = "ended"
    outcome = "ok"
    effects = ["strategy.okta_group.admins.deescalate"]
  }
}

scenario "high risk needs two analysts and a lead, and no one twice" {
  flow = "prod_admin"

  mock "http" "change" {
    output = { frozen = false, risk = 90, owner_email = null }
  }

  request {
    by     = user.ana
    target = target.okta_group.prod_admins
    fields = { urgency = "normal", reason = "planned maintenance", duration = "30m" }
  }

  # Ana has no manager in the directory, so the leads of the platform decide.
  expect {
    waiting   = ["manager"]
    condition = approval.manager.on_fallback
  }

  approve "manager" {
    by     = user.ana
    expect = "refused:own_request"
  }

  approve "manager" { by = user.lea }
  expect { waiting = ["security"] }
  approve "security" { by = user.sec1 }

  approve "security" {
    by     = user.sec1
    expect = "refused:already_decided"
  }

  approve "security" { by = user.sec2 }
  approve "security" { by = user.max }

  expect {
    state   = "active"
    decided = "people"
  }
}

scenario "PagerDuty down falls back to approval and reports" {
  flow = "prod_admin"

  mock "pagerduty_on_call" "oncall" {
    error = { kind = "auth", message = "401" }
  }

  request {
    by     = user.ana
    target = target.okta_group.prod_admins
    fields = { urgency = "incident", reason = "database is on fire", duration = "1h" }
  }

  expect {
    state    = "pending"
    messages = [{ to = "#approvals-errors", contains = "PagerDuty could not be asked" }]
  }

  approve "manager" { by = user.lea }
  expect { state = "active" }
}

scenario "a change freeze refuses before anybody is asked" {
  flow = "prod_admin"

  mock "http" "change" {
    output = { frozen = true, risk = 10, owner_email = null }
  }

  request {
    by     = user.ana
    target = target.okta_group.billing_admins
    fields = { urgency = "normal", reason = "month end close", duration = "2h" }
  }

  expect {
    state   = "ended"
    outcome = "denied"
    effects = ["pagerduty_on_call.oncall", "http.change"]
  }
}
