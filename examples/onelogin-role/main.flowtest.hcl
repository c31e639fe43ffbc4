# To be its admin takes two of IT.

user "dev" { email = "dev@acme.example" }
user "ida" { email = "ida@acme.example" }
user "ike" { email = "ike@acme.example" }

mock "http" "people" {
  output = [
    { id = 7, status = 0 },
    { id = 42, status = 1 },
  ]
}

mock "strategy.http.roles" "escalate" { output = { status = 200, body = {} } }
mock "strategy.http.roles" "deescalate" { output = { status = 404, body = {} } }

scenario "two are needed for the admin's role, and one no is enough" {
  flow = "role"

  request {
    by     = user.dev
    target = target.http.support_admin
    fields = { reason = "the person in charge is ill", duration = "1h" }
  }

  approve "it" { by = user.ida }
  expect { waiting = ["it"] }
  deny "it" { by = user.ike }

  expect {
    outcome = "denied"
    effects = []
  }
}

scenario "nobody of IT lets themselves in" {
  flow = "role"

  request {
    by     = user.ida
    target = target.http.support
    fields = { reason = "to try it", duration = "1h" }
  }

  approve "it" {
    by     = user.ida
    expect = "refused:own_request"
  }
}

scenario "the person is looked up, and a role that is gone already is an end" {
  flow = "role"

  request {
    by     = user.dev
    target = target.http.support
    fields = { reason = "the person in charge is ill", duration = "1h" }
  }

  approve "it" { by = user.ida }

  expect {
    state   = "active"
    effects = ["http.people", "strategy.http.roles.escalate"]
  }

  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.http.roles.deescalate"]
  }
}
