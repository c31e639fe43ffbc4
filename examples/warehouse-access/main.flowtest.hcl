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
