# Who has not finished the training is not even asked about.

user "dev" {
  email      = "dev@acme.example"
  identities = { okta = "00uDev" }
}

user "pia" { email = "pia@acme.example" }
user "eve" { email = "eve@acme.example" }

mock "http" "enrolments" {
  output = [{ status = "Passed", module_name = "Privacy 1" }]
}

mock "strategy.okta_group.customer_data" "escalate" {
  output = { preexisting = false }
}

mock "strategy.okta_group.customer_data" "deescalate" {}

scenario "trained, and without a manager: privacy decides" {
  flow = "customer_data"

  request {
    by     = user.dev
    fields = { ticket = "CS-7", duration = "1h" }
  }

  expect {
    waiting   = ["manager"]
    condition = approval.manager.on_fallback
  }

  approve "manager" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  approve "manager" { by = user.pia }
  expect { state = "active" }
  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.okta_group.customer_data.deescalate"]
  }
}

scenario "a module is not passed" {
  flow = "customer_data"

  mock "http" "enrolments" {
    output = [
      { status = "Passed", module_name = "Privacy 1" },
      { status = "Past Due", module_name = "Privacy 2" },
    ]
  }

  request {
    by     = user.dev
    fields = { ticket = "CS-7", duration = "1h" }
  }

  expect {
    outcome   = "denied"
    condition = run.denial.reason == "Finish the privacy training first: Privacy 2."
  }
}

scenario "not enrolled at all" {
  flow = "customer_data"

  mock "http" "enrolments" {
    output = []
  }

  request {
    by     = user.dev
    fields = { ticket = "CS-7", duration = "1h" }
  }

  expect { outcome = "denied" }
}

scenario "the training service is down: nobody gets in" {
  flow = "customer_data"

  mock "http" "enrolments" {
    error = { kind = "server_error", status = 503 }
  }

  request {
    by     = user.dev
    fields = { ticket = "CS-7", duration = "1h" }
  }

  advance { by = "10m" }
  expect { outcome = "errored" }
}
