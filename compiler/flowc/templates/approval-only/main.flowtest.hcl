# Play this with `flowc test . -var-file example.flowvars`. The people are those of
# example.flowvars.

user "dev" { email = "dev@acme.example" }
user "ana" { email = "ana@acme.example" }
user "bo" { email = "bo@acme.example" }

scenario "in an incident one lead is enough" {
  flow = "change"

  request {
    by     = user.dev
    fields = { what = "restart the queue", urgency = "incident" }
  }

  approve "lead" { by = user.ana }

  expect {
    outcome  = "ok"
    messages = [{ to = "dm:requester", contains = "Approved: restart the queue" }]
  }
}

scenario "otherwise it takes two, and never the requester" {
  flow = "change"

  request {
    by     = user.ana
    fields = { what = "restart the queue" }
  }

  approve "lead" {
    by     = user.ana
    expect = "refused:own_request"
  }

  approve "lead" { by = user.bo }
  expect { waiting = ["lead"] }
  advance { by = "8h" }
  expect { outcome = "expired" }
}
