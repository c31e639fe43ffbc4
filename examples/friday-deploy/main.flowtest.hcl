# The smallest flow there is.

user "dev" { email = "dev@acme.example" }
user "ben" { email = "ben@acme.example" }
user "eve" { email = "eve@acme.example" }

scenario "Ben says yes" {
  flow = "deploy"

  request {
    by     = user.dev
    fields = { reason = "a fix that cannot wait" }
  }

  expect {
    waiting  = ["lead"]
    messages = [{ to = "dm:ben@acme.example" }]
  }

  approve "lead" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  approve "lead" { by = user.ben }
  expect { outcome = "ok" }
}

scenario "Ben cannot let himself through" {
  flow = "deploy"

  request {
    by     = user.ben
    fields = { reason = "a fix that cannot wait" }
  }

  approve "lead" {
    by     = user.ben
    expect = "refused:own_request"
  }

  advance { by = "72h" }
  expect { outcome = "expired" }
}

scenario "withdrawn in time" {
  flow = "deploy"

  request {
    by     = user.dev
    fields = { reason = "a fix that cannot wait" }
  }

  cancel {
    by     = user.eve
    expect = "refused:not_permitted"
  }

  cancel { by = user.dev }
  expect { outcome = "cancelled" }

  approve "lead" {
    by     = user.ben
    expect = "refused:not_pending"
  }
}
