# The groups of the domain, as the function lists them.

user "dev" { email = "dev@acme.example" }
user "ida" { email = "ida@acme.example" }

mock "aws_lambda" "groups" {
  output = [{ email = "board@acme.example", name = "The board" }]
}

mock "aws_lambda" "member" { output = { direct = false, indirect = false } }

mock "strategy.aws_lambda.google" "escalate" {
  output = { body = { was_member = false }, errors = [] }
}

mock "strategy.aws_lambda.google" "deescalate" { output = { body = {}, errors = [] } }

scenario "what the form offers" {
  flow = "google_group"

  prompt { by = user.dev }

  expect {
    visible = ["group", "reason", "duration"]
    options = { group = ["board@acme.example"] }
  }
}

scenario "a month is too long" {
  flow = "google_group"

  request {
    by     = user.dev
    fields = { group = "board@acme.example", reason = "minutes", duration = "30d" }
    expect = "refused:bad_field"
  }
}

scenario "a member for three days" {
  flow = "google_group"

  request {
    by     = user.dev
    fields = { group = "board@acme.example", reason = "minutes", duration = "3d" }
  }

  approve "it" { by = user.ida }

  expect {
    state   = "active"
    effects = ["aws_lambda.groups", "aws_lambda.member", "strategy.aws_lambda.google.escalate"]
  }

  advance { by = "3d" }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_lambda.google.deescalate"]
  }
}

scenario "whoever is in it already needs nobody" {
  flow = "google_group"

  mock "aws_lambda" "member" { output = { direct = false, indirect = true } }

  request {
    by     = user.dev
    fields = { group = "board@acme.example", reason = "minutes", duration = "3d" }
  }

  expect { outcome = "denied" }
}
