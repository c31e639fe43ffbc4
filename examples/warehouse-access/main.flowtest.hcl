# Who decides about roles in the warehouse.

user "dev" { email = "dev@acme.example" }
user "dag" { email = "dag@acme.example" }
user "didi" { email = "didi@acme.example" }

scenario "nobody is let in by a no" {
  flow = "warehouse"

  request {
    by     = user.dev
    target = target.http.analyst
    fields = { schema = "sales", question = "what was sold", duration = "4h" }
  }

  deny "data" { by = user.dag }

  expect {
    outcome = "denied"
    effects = []
  }
}

scenario "who asks does not decide" {
  flow = "warehouse"

  request {
    by     = user.dag
    target = target.http.loader
    fields = { schema = "events", question = "what happened", duration = "1d" }
  }

  approve "data" {
    by     = user.dag
    expect = "refused:own_request"
  }

  advance { by = "72h" }
  expect { outcome = "expired" }
}

mock "strategy.http.warehouse" "escalate" {
  output = { status = 202, body = { id = 12 } }
}

mock "strategy.http.warehouse" "escalate.poll" {
  sequence = [
    { output = { status = 200, body = { state = "WORKING" } } },
    { error = { kind = "timeout", message = "no answer" } },
    { output = { status = 200, body = { state = "READY" } } },
  ]
}

mock "strategy.http.warehouse" "deescalate" {
  output = { status = 204, body = null }
}

scenario "given when it is ready, and not when it is taken" {
  flow = "warehouse"

  request {
    by     = user.dev
    target = target.http.analyst
    fields = { schema = "sales", question = "what was sold", duration = "4h" }
  }

  approve "data" { by = user.dag }

  expect {
    state   = "escalating"
    effects = ["strategy.http.warehouse.escalate"]
  }

  advance { by = "5s" }
  expect { state = "escalating" }

  # One answer was lost: it is asked again after ten seconds.
  advance { by = "5s" }
  expect { state = "escalating" }
  advance { by = "10s" }
  expect { state = "active" }
  advance { by = "4h" }

  expect {
    outcome = "ok"
    effects = ["strategy.http.warehouse.deescalate"]
  }
}

scenario "what will never be ready is taken back" {
  flow = "warehouse"

  mock "strategy.http.warehouse" "escalate.poll" {
    output = { status = 200, body = { state = "REJECTED" } }
  }

  request {
    by     = user.dev
    target = target.http.loader
    fields = { schema = "events", question = "what happened", duration = "1d" }
  }

  approve "data" { by = user.didi }
  expect { effects = ["strategy.http.warehouse.escalate"] }
  advance { by = "5s" }
  expect { state = "deescalating" }

  # Once more when whatever was still under way has settled.
  advance { by = "5m" }

  expect {
    outcome = "errored"
    effects = ["strategy.http.warehouse.deescalate"]
  }
}

scenario "what is never ready is taken back when the time is up" {
  flow = "warehouse"

  mock "strategy.http.warehouse" "escalate.poll" {
    output = { status = 200, body = { state = "WORKING" } }
  }

  request {
    by     = user.dev
    target = target.http.loader
    fields = { schema = "events", question = "what happened", duration = "1d" }
  }

  approve "data" { by = user.didi }
  advance { by = "5m" }
  expect { state = "deescalating" }
  advance { by = "5m" }
  expect { outcome = "errored" }
}
