# A user for a while: how many must agree, and what a refused function leaves.

user "dev" { email = "dev@acme.example" }
user "dan" { email = "dan@acme.example" }
user "dora" { email = "dora@acme.example" }
user "dee" { email = "dee@acme.example" }

mock "strategy.aws_lambda.database" "escalate" {
  output = {
    body   = { secret_name = "db/tmp", console_url = "https://console.acme.example" }
    errors = []
  }
}

mock "strategy.aws_lambda.database" "deescalate" {
  output = { body = {}, errors = [] }
}

scenario "a reader needs one database administrator" {
  flow = "database_user"

  request {
    by     = user.dev
    target = target.aws_lambda_function.database["orders"]
    fields = { statements = "select count(*) from orders", duration = "1h" }
  }

  expect {
    waiting   = ["dba"]
    condition = request.fields.role == "reader"
  }

  approve "dba" { by = user.dan }

  expect {
    state    = "active"
    effects  = ["strategy.aws_lambda.database.escalate"]
    messages = [{ to = "dm:requester", contains = "the secret `db/tmp` until 2026-01-05 10:00" }]
  }

  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_lambda.database.deescalate"]
  }
}

scenario "an owner needs two, for an hour at most" {
  flow = "database_user"

  request {
    by     = user.dev
    target = target.aws_lambda_function.database["billing"]
    fields = { role = "owner", statements = "drop table old_invoices", duration = "4h" }
    expect = "refused:bad_field"
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.database["billing"]
    fields = { role = "owner", statements = "drop table old_invoices", duration = "1h" }
  }

  approve "dba" { by = user.dan }
  expect { waiting = ["dba"] }
  approve "dba" { by = user.dora }
  expect { state = "active" }
}

scenario "the function cannot make the user" {
  flow = "database_user"

  mock "strategy.aws_lambda.database" "escalate" {
    output = { body = {}, errors = ["no such database"] }
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.database["orders"]
    fields = { statements = "select count(*) from orders", duration = "1h" }
  }

  approve "dba" { by = user.dee }

  expect {
    outcome  = "errored"
    messages = [{ to = "group:dbas", contains = "no such database" }]
  }
}

scenario "a denial, and an approver who is too late" {
  flow = "database_user"

  request {
    by     = user.dev
    target = target.aws_lambda_function.database["orders"]
    fields = { statements = "select * from customers", duration = "8h" }
  }

  deny "dba" {
    by      = user.dora
    comment = "use the replica"
  }

  expect { outcome = "denied" }

  approve "dba" {
    by     = user.dan
    expect = "refused:not_pending"
  }
}
