# Who agrees to an export depends on how much, what, and whether it is the first.

user "dev" { email = "dev@acme.example" }
user "lea" { email = "lea@acme.example" }
user "ned" { email = "ned@acme.example" }
user "pia" { email = "pia@acme.example" }
user "quin" { email = "quin@acme.example" }
user "max" { email = "max@acme.example" }
user "sia" { email = "sia@acme.example" }

scenario "the first export needs privacy and security too" {
  flow = "export"

  request {
    by     = user.dev
    fields = { recipient = "the auditor", records = 10, data = ["names"], purpose = "the yearly audit of invoices" }
  }

  expect { waiting = ["lead"] }

  approve "lead" {
    by     = user.lea
    expect = "refused:comment_required"
  }

  approve "lead" {
    by      = user.lea
    comment = "needed for the audit"
  }

  expect {
    waiting  = ["both"]
    messages = [{ to = "group:privacy", contains = "Their lead says: needed for the audit" }]
  }

  approve "both" { by = user.pia }
  expect { waiting = ["both"] }
  approve "both" { by = user.sia }
  expect { outcome = "ok" }
}

scenario "health data needs two of privacy, and one person is one vote" {
  flow = "export"

  request {
    by     = user.dev
    fields = { recipient = "a clinic", records = 10, data = ["health"], purpose = "a study that people agreed to" }
  }

  approve "lead" {
    by      = user.ned
    comment = "agreed"
  }

  approve "both" { by = user.max }
  approve "both" { by = user.pia }
  expect { waiting = ["both"] }
  approve "both" { by = user.quin }
  expect { outcome = "ok" }
}

scenario "whoever approved before needs only the lead for a small one" {
  flow = "export"

  # Lea approves an export of somebody else, and so has done this before.
  request {
    by     = user.dev
    fields = { recipient = "the auditor", records = 10, data = ["names"], purpose = "the yearly audit of invoices" }
  }

  approve "lead" {
    by      = user.lea
    comment = "needed for the audit"
  }

  request {
    by     = user.lea
    fields = { recipient = "the auditor", records = 20, data = ["names"], purpose = "the same audit, second part" }
  }

  approve "lead" {
    by      = user.ned
    comment = "as before"
  }

  expect {
    outcome   = "ok"
    condition = approval.both.state == "not_needed"
  }
}

scenario "nobody of privacy answers for three days" {
  flow = "export"

  request {
    by     = user.dev
    fields = { recipient = "the auditor", records = 5000, data = ["payments"], purpose = "the yearly audit of invoices" }
  }

  approve "lead" {
    by      = user.lea
    comment = "needed"
  }

  advance { by = "3d" }
  expect { outcome = "expired" }
}
