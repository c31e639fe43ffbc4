# A ticket that is in progress, and one's own.

user "dev" { email = "dev@acme.example" }
user "sam" { email = "sam@acme.example" }
user "sue" { email = "sue@acme.example" }

mock "http" "ticket" {
  output = {
    fields = {
      summary  = "Move the queue"
      status   = { name = "In Progress" }
      assignee = { emailAddress = "Dev@acme.example" }
    }
  }
}

mock "http" "begun" {}
mock "http" "ended" {}

mock "strategy.aws_sso.production" "escalate" {
  output = { preexisting = false }
}

mock "strategy.aws_sso.production" "deescalate" {}

scenario "the ticket hears when it begins and when it ends" {
  flow = "operate"

  request {
    by     = user.dev
    fields = { ticket = "OPS-12", duration = "30m" }
  }

  expect {
    waiting  = ["sre"]
    messages = [{ to = "group:sre", contains = "Move the queue" }]
  }

  approve "sre" { by = user.sam }

  expect {
    state   = "active"
    effects = ["strategy.aws_sso.production.escalate", "http.begun"]
  }

  advance { by = "30m" }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_sso.production.deescalate", "http.ended"]
  }
}

scenario "somebody else's ticket" {
  flow = "operate"

  mock "http" "ticket" {
    output = { fields = { summary = "x", status = { name = "In Progress" }, assignee = null } }
  }

  request {
    by     = user.dev
    fields = { ticket = "OPS-12", duration = "30m" }
  }

  expect {
    outcome   = "denied"
    condition = startswith(run.denial.reason, "OPS-12 is not yours")
  }
}

scenario "a ticket that is done" {
  flow = "operate"

  mock "http" "ticket" {
    output = {
      fields = {
        summary  = "x"
        status   = { name = "Done" }
        assignee = { emailAddress = "dev@acme.example" }
      }
    }
  }

  request {
    by     = user.dev
    fields = { ticket = "OPS-12", duration = "30m" }
  }

  expect { outcome = "denied" }
}

scenario "Jira is down: access ends all the same" {
  flow = "operate"

  mock "http" "ended" {
    error = { kind = "server_error", status = 503 }
  }

  request {
    by     = user.dev
    fields = { ticket = "OPS-12", duration = "30m" }
  }

  approve "sre" { by = user.sue }
  expect { state = "active" }
  advance { by = "30m" }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_sso.production.deescalate", "http.ended"]
  }
}

scenario "no such ticket" {
  flow = "operate"

  mock "http" "ticket" {
    error = { kind = "not_found", status = 404 }
  }

  request {
    by     = user.dev
    fields = { ticket = "OPS-99", duration = "30m" }
  }

  expect {
    outcome = "errored"
    effects = ["http.ticket"]
  }
}
