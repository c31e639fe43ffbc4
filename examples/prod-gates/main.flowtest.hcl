# Gates at every moment: who may ask, when a click counts, whether production is ready.

user "dev" { email = "dev@acme.example" }
user "new" { email = "new@acme.example" }
user "sam" { email = "sam@acme.example" }
user "sue" { email = "sue@acme.example" }
user "sid" { email = "sid@acme.example" }

group "trained" { members = [user.dev, user.sam] }

mock "aws_lambda" "freeze" {
  output = { frozen = false }
}

mock "aws_lambda" "ready" {
  output = { ready = true }
}

mock "strategy.aws_lambda.production" "escalate" {
  output = { body = {}, errors = [] }
}

mock "strategy.aws_lambda.production" "deescalate" {
  output = { body = {}, errors = [] }
}

scenario "through every gate, and out again" {
  flow = "production"

  request {
    by     = user.dev
    fields = { reason = "a stuck migration" }
  }

  expect {
    waiting  = ["sre"]
    effects  = []
    messages = [{ to = "dm:requester", contains = "SRE has been asked" }]
  }

  approve "sre" {
    by     = user.sue
    expect = "refused:comment_required"
  }

  approve "sre" {
    by      = user.sue
    comment = "go ahead"
  }

  expect {
    state    = "active"
    effects  = ["aws_lambda.freeze", "aws_lambda.ready", "strategy.aws_lambda.production.escalate"]
    messages = [{ to = "#production", contains = "let in by Sue" }]
  }

  advance { by = "1h" }

  expect {
    outcome  = "ok"
    messages = [{ to = "#production", contains = "has left production (scheduled)" }]
  }
}

scenario "without the training nobody is asked" {
  flow = "production"

  request {
    by     = user.new
    fields = { reason = "I am curious" }
  }

  expect {
    outcome  = "denied"
    effects  = []
    messages = [{ to = "dm:requester", contains = "Not possible: Production is for those" }]
  }
}

scenario "a change freeze takes no approval, and leaves the request open" {
  flow = "production"

  mock "aws_lambda" "freeze" {
    sequence = [
      { output = { frozen = true, until = "noon" } },
      { output = { frozen = false } },
    ]
  }

  request {
    by     = user.dev
    fields = { reason = "a stuck migration" }
  }

  approve "sre" {
    by      = user.sam
    comment = "go ahead"
    expect  = "refused:ignored"
  }

  expect {
    waiting  = ["sre"]
    decided  = "nobody"
    messages = [{ to = "dm:sam@acme.example", contains = "There is a change freeze until noon" }]
  }

  approve "sre" {
    by      = user.sam
    comment = "after noon"
  }

  expect { state = "active" }
}

scenario "the freeze cannot be asked, so no click counts" {
  flow = "production"

  mock "aws_lambda" "freeze" {
    error = { kind = "function_error" }
  }

  request {
    by     = user.dev
    fields = { reason = "a stuck migration" }
  }

  approve "sre" {
    by      = user.sid
    comment = "go ahead"
    expect  = "refused:hook_failed"
  }

  expect {
    waiting = ["sre"]
    decided = "nobody"
  }

  advance { by = "1h" }

  expect {
    outcome  = "expired"
    messages = [{ to = "dm:requester", contains = "Nobody of SRE answered" }]
  }
}

scenario "production is not ready at the last moment" {
  flow = "production"

  mock "aws_lambda" "ready" {
    error = { kind = "timeout" }
  }

  request {
    by     = user.dev
    fields = { reason = "a stuck migration" }
  }

  approve "sre" {
    by      = user.sue
    comment = "go ahead"
  }

  expect {
    outcome = "denied"
    effects = ["aws_lambda.freeze", "aws_lambda.ready"]
  }
}

scenario "a denial is told, and so is a withdrawal" {
  flow = "production"

  request {
    by     = user.dev
    fields = { reason = "a stuck migration" }
  }

  deny "sre" {
    by      = user.sid
    comment = "use the runbook"
  }

  expect {
    outcome  = "denied"
    messages = [{ to = "dm:requester", contains = "SRE said no" }]
  }

  request {
    by     = user.dev
    fields = { reason = "a stuck migration" }
  }

  cancel { by = user.dev }

  expect {
    outcome  = "cancelled"
    messages = [{ to = "#production", contains = "needs production no more" }]
  }
}
