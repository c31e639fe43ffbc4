# Access without a date: finance ends it.

user "fay" { email = "fay@acme.example" }
user "gus" { email = "gus@acme.example" }
user "hal" { email = "hal@acme.example" }

user "aud" { email = "aud@auditors.example" }

user "root" {
  email = "root@acme.example"
  role  = "admin"
}

mock "strategy.aws_iam.books" "escalate" {
  output = { preexisting = false }
}

mock "strategy.aws_iam.books" "deescalate" {}

scenario "two of finance let an auditor in, and one ends it" {
  flow = "audit"

  request {
    by     = user.aud
    fields = { firm = "Count & Sons", audit_ends = "2026-03-31T00:00:00Z" }
  }

  approve "finance" { by = user.fay }
  expect { waiting = ["finance"] }
  approve "finance" { by = user.gus }

  expect {
    state    = "active"
    messages = [{ to = "group:finance", contains = "Revoke it after 2026-03-31" }]
  }

  advance { by = "300d" }
  expect { state = "active" }
  revoke { by = user.hal }

  expect {
    outcome  = "ok"
    effects  = ["strategy.aws_iam.books.deescalate"]
    messages = [{ to = "group:finance", contains = "has ended (revoked)" }]
  }
}

scenario "an end that is not confirmed is said, and two people may call it dealt with" {
  flow = "audit"

  mock "strategy.aws_iam.books" "deescalate" {
    error = { kind = "auth", message = "the role may not do that any more" }
  }

  request {
    by     = user.aud
    fields = { firm = "Count & Sons", audit_ends = "2026-03-31T00:00:00Z" }
  }

  approve "finance" { by = user.fay }
  approve "finance" { by = user.gus }
  revoke { by = user.hal }
  expect { state = "deescalating" }
  advance { by = "1h" }

  expect {
    state = "deescalating"
    stuck = true
  }

  resolve {
    by     = [user.aud]
    reason = "I am out"
    expect = "refused:not_permitted"
  }

  resolve {
    by     = [user.hal, user.root]
    reason = "taken out by hand in the console"
  }

  expect {
    state            = "ended"
    journal_contains = ["request.resolved", "taken out by hand"]
  }
}

scenario "leaving the company ends it" {
  flow = "audit"

  request {
    by     = user.aud
    fields = { firm = "Count & Sons", audit_ends = "2026-03-31T00:00:00Z" }
  }

  approve "finance" { by = user.fay }
  approve "finance" { by = user.gus }
  expect { state = "active" }
  deactivate { user = user.aud }

  expect {
    state   = "ended"
    effects = ["strategy.aws_iam.books.deescalate"]
  }
}
