# What the pre-check, the approver and the function decide, and that access ends.

user "dev" { email = "dev@acme.example" }
user "bo" { email = "bo@acme.example" }
user "cy" { email = "cy@acme.example" }

user "guest" {
  email = "guest@partner.example"
  role  = "guest"
}

mock "aws_lambda" "precheck" {
  output = { allowed = true }
}

mock "strategy.aws_lambda.button" "escalate" {
  output = { body = { message = "The button is yours." }, errors = [] }
}

mock "strategy.aws_lambda.button" "deescalate" {
  output = { body = { message = "The button is gone." }, errors = [] }
}

scenario "access for an hour, and not longer" {
  flow = "button"

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "1h" }
  }

  expect {
    waiting  = ["colleague"]
    effects  = ["aws_lambda.precheck"]
    messages = [{ to = "#access", contains = "a stuck job" }]
  }

  approve "colleague" { by = user.bo }

  expect {
    state     = "active"
    decided   = "people"
    effects   = ["strategy.aws_lambda.button.escalate"]
    messages  = [{ to = "dm:requester", contains = "The button is yours." }]
    condition = run.grant.expires_at == timestamp("2026-01-05T10:00:00Z")
  }

  advance { by = "59m" }
  expect { state = "active" }
  advance { by = "1m" }

  expect {
    outcome  = "ok"
    effects  = ["strategy.aws_lambda.button.deescalate"]
    messages = [{ to = "dm:requester", contains = "The button is gone." }]
  }
}

scenario "a risky request needs two, and not the requester" {
  flow = "button"

  mock "aws_lambda" "precheck" {
    output = { allowed = true, risk = 90 }
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  approve "colleague" { by = user.bo }
  expect { waiting = ["colleague"] }

  approve "colleague" {
    by     = user.dev
    expect = "refused:own_request"
  }

  approve "colleague" {
    by     = user.guest
    expect = "refused:not_an_approver"
  }

  approve "colleague" { by = user.cy }
  expect { state = "active" }
}

scenario "the pre-check says no" {
  flow = "button"

  mock "aws_lambda" "precheck" {
    output = { allowed = false, note = "Not on Sundays." }
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  expect {
    outcome   = "denied"
    condition = run.denial.reason == "Not on Sundays." && run.denial.by == null
    effects   = ["aws_lambda.precheck"]
  }
}

scenario "the pre-check does not answer, so nobody is asked" {
  flow = "button"

  mock "aws_lambda" "precheck" {
    output = { allowed = true }
    delay  = "11s"
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  expect { state = "requested" }
  advance { by = "10s" }
  expect { outcome = "errored" }
}

scenario "the function refuses: what may stand is taken back" {
  flow = "button"

  mock "strategy.aws_lambda.button" "escalate" {
    output = { body = {}, errors = ["the button is out of order"] }
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  expect { state = "pending" }
  approve "colleague" { by = user.bo }

  expect {
    outcome  = "errored"
    effects  = ["strategy.aws_lambda.button.escalate", "strategy.aws_lambda.button.deescalate"]
    messages = [{ to = "dm:bo@acme.example", contains = "it is being taken back" }]
  }
}

scenario "the end is tried until the function confirms" {
  flow = "button"

  mock "strategy.aws_lambda.button" "deescalate" {
    sequence = [
      { error = { kind = "server_error", message = "503" } },
      { output = { body = { message = "The button is gone." }, errors = [] } },
    ]
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  approve "colleague" { by = user.bo }
  advance { by = "30m" }
  expect { state = "deescalating" }
  advance { by = "1m" }
  expect { outcome = "ok" }
}

scenario "nobody answers for a day" {
  flow = "button"

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  advance { by = "24h" }
  expect { outcome = "expired" }
}

scenario "the daemon dies while the function makes the access" {
  flow = "button"

  mock "strategy.aws_lambda.button" "escalate" {
    output = { body = { message = "The button is yours." }, errors = [] }
    delay  = "5s"
  }

  request {
    by     = user.dev
    target = target.aws_lambda_function.button
    fields = { reason = "a stuck job", duration = "30m" }
  }

  approve "colleague" { by = user.bo }
  expect { state = "escalating" }
  crash {}

  expect {
    state   = "deescalating"
    effects = ["strategy.aws_lambda.button.deescalate"]
  }

  # The function may still run, so the end is made once more when it cannot any longer.
  advance { by = "1h" }

  expect {
    outcome = "errored"
    effects = ["strategy.aws_lambda.button.deescalate"]
  }
}
