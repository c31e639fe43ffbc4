stray = 1

clock { start = "tomorrow" }

user "dev" { email = "dev" }
user "dev" { email = "dev2@acme.example" }
user "ana" {
  email   = "ana@acme.example"
  role    = "boss"
  manager = user.anna
}
user "ana2" {
  email = "ANA@acme.example"
  colour = "red"
}

group "leads" { members = [user.ana] }
group "oncal" { members = ["ana@acme.example"] }

mock "aws_lambda" "prechek" { output = {} }
mock "aws_lambda" "precheck" { output = { allowed = "yes" } }
mock "aws_lambda" "note" {
  output = null
  error  = { kind = "timeout" }
}
mock "strategy.aws_lambda.db" "escalate" {
  error = { kind = "tired" }
}
mock "strategy.aws_lambda.db" "deescalate" {}

request { by = user.ana }
scenarios "x" {}

scenario "one" {
  flow = "askd"
  expect { state = "pending" }
}

scenario "one" {
  flow = "asked"

  mock "strategy.aws_lambda.db" "escalate" { output = { body = { message = "x" }, errors = [] } }
  mock "value" "x" { output = 1 }

  request {
    by     = "ana@acme.example"
    target = target.aws_lambda_function.db
    fields = { reasn = "x", helper = user.nobody }
    source = "fax"
    expect = "own_request"
  }
  approve "oncal" { by = user.ana }
  approve "oncall" {
    by     = user.ana
    expect = "refused:not_aprover"
  }
  advance {}
  advance { to = "2025-01-01T00:00:00Z" }
  advance {
    by = "1h"
    to = "2026-02-02T09:00:00Z"
  }
  resolve { by = user.ana }
  expect {}
  expect {
    state     = "activ"
    outcome   = "great"
    waiting   = ["oncal"]
    effects   = ["aws_lambda.prechek"]
    messages  = [{ to = "ask" }, { channel = "#ask" }]
    condition = steps.prechek.output.allowed
    decided   = "people"
  }
  expect { condition = request.fields.reason }
}
