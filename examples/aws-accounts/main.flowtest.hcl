# The accounts that the function lists.

user "dev" { email = "dev@acme.example" }
user "own1" { email = "own1@acme.example" }
user "own2" { email = "own2@acme.example" }
user "own3" { email = "own3@acme.example" }

group "owners" { members = [user.own1, user.own2, user.own3] }

mock "aws_lambda" "list" {
  output = [
    { id = "111111111111", name = "shop" },
    { id = "222222222222", name = "search" },
  ]
}

mock "strategy.aws_sso.accounts" "escalate" { output = { preexisting = false } }
mock "strategy.aws_sso.accounts" "deescalate" {}

scenario "what the form offers" {
  flow = "accounts"

  prompt { by = user.dev }

  expect {
    visible = ["target", "accounts", "reason", "duration"]
    options = { accounts = ["111111111111", "222222222222"] }
  }
}

scenario "a reason that says nothing is not taken" {
  flow = "accounts"

  request {
    by     = user.dev
    target = target.aws_sso_permission_set.operate
    fields = { accounts = ["111111111111"], reason = "because", duration = "1h" }
    expect = "refused:bad_field"
  }
}

scenario "two accounts take two owners" {
  flow = "accounts"

  request {
    by     = user.dev
    target = target.aws_sso_permission_set.operate
    fields = { accounts = ["111111111111", "222222222222"], reason = "the shop is down", duration = "1h" }
  }

  approve "owner" { by = user.own1 }

  expect {
    waiting = ["owner"]
    effects = ["aws_lambda.list"]
  }

  approve "owner" { by = user.own2 }

  expect {
    state   = "active"
    effects = ["strategy.aws_sso.accounts.escalate", "strategy.aws_sso.accounts.escalate"]
  }

  advance { by = "1h" }
  expect { outcome = "ok" }
}

scenario "an account that is not listed is not taken" {
  flow = "accounts"

  request {
    by     = user.dev
    target = target.aws_sso_permission_set.read
    fields = { accounts = ["999999999999"], reason = "the shop is down", duration = "1h" }
    expect = "refused:bad_field"
  }
}
