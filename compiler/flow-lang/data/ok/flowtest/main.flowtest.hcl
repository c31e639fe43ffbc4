clock {
  start = "2026-02-02T08:00:00Z"
}

user "dev" {
  email      = "Dev@acme.example"
  manager    = user.ana
  identities = { aws = "AIDA" }
}

user "ana" {
  email = "ana@acme.example"
  name  = "Ana"
  role  = "admin"
}

user "robot" {
  email = "robot@acme.example"
  kind  = "bot"
}

group "oncall" {
  members = [user.ana]
}

mock "aws_lambda" "precheck" {
  sequence = [
    { error = { kind = "throttled", message = "slow down", status = 429 } },
    { output = { allowed = true } },
  ]
  delay = "2s"
}

mock "aws_lambda" "note" {}

mock "strategy.aws_lambda.db" "escalate" {
  output = { body = { message = local.why }, errors = [] }
}

mock "strategy.aws_lambda.db" "deescalate" {
  output = { body = {}, errors = ["not now"] }
}

scenario "everything" {
  flow = "asked"

  mock "aws_lambda" "precheck" {
    output = { allowed = false }
  }

  freeze {
    by     = user.ana
    reason = "an incident"
  }

  request {
    by     = user.dev
    fields = { reason = local.why, helper = user.ana }
    expect = "refused:frozen"
  }

  unfreeze { by = user.ana }

  request {
    by        = user.robot
    requester = user.dev
    fields    = { reason = "a broken ${local.why}" }
    context   = { ticket = 7 }
    source    = "api"
  }

  approve "oncall" {
    by      = user.ana
    comment = "yes"
    expect  = "refused:not_pending"
  }

  deny "oncall" {
    by     = user.ana
    expect = "refused:not_pending"
  }

  cancel {
    by     = user.dev
    expect = "refused:already_ended"
  }

  advance { to = "2026-02-02T09:00:00Z" }
  crash {}
  deactivate { user = user.dev }

  expect {
    state            = "ended"
    outcome          = "denied"
    stuck            = false
    waiting          = []
    decided          = "nobody"
    effects          = ["aws_lambda.precheck", "aws_lambda.note"]
    messages         = [{ to = "dm:requester", contains = "no" }, { to = "#ask" }]
    condition        = !steps.precheck.output.allowed && run.denial.by == null
    journal_contains = ["hook.decided"]
  }
}

scenario "a grant" {
  flow = "demo"

  request {
    by     = user.dev
    fields = { reason = "why", duration = "1h" }
  }

  approve "lead" { by = user.ana }
  extend {
    by       = user.dev
    duration = "30m"
    expect   = "refused:extend_limit"
  }

  revoke {
    by     = user.dev
    reason = "done"
  }

  resolve {
    by     = [user.ana, user.robot]
    reason = "by hand"
    expect = "refused:not_permitted"
  }
}
