# Each tenant has its own owners, its own account and its own credentials.

user "dev" { email = "dev@acme.example" }
user "nia" { email = "nia@acme.example" }
user "nils" { email = "nils@acme.example" }
user "sol" { email = "sol@acme.example" }

mock "strategy.aws_sso.tenant[\"north\"]" "escalate" {
  output = { preexisting = false }
}

mock "strategy.aws_sso.tenant[\"north\"]" "deescalate" {}

scenario "an owner of the north lets in to the north" {
  flow = "operate[\"north\"]"

  request {
    by     = user.dev
    fields = { reason = "a failed deployment", duration = "30m" }
  }

  approve "owner" {
    by     = user.sol
    expect = "refused:not_an_approver"
  }

  approve "owner" { by = user.nia }

  expect {
    state   = "active"
    effects = ["strategy.aws_sso.tenant[\"north\"].escalate"]
  }

  advance { by = "30m" }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_sso.tenant[\"north\"].deescalate"]
  }
}

scenario "an owner asks another owner" {
  flow = "operate[\"north\"]"

  request {
    by     = user.nia
    fields = { reason = "a failed deployment", duration = "2h" }
  }

  approve "owner" {
    by     = user.nia
    expect = "refused:own_request"
  }

  deny "owner" { by = user.nils }

  expect {
    outcome = "denied"
    effects = []
  }
}

scenario "nobody of the south decides within two hours" {
  flow = "operate[\"south\"]"

  request {
    by     = user.dev
    fields = { reason = "a failed deployment", duration = "1h" }
  }

  approve "owner" {
    by     = user.nia
    expect = "refused:not_an_approver"
  }

  advance { by = "2h" }
  expect { outcome = "expired" }
}
