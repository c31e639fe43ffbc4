# Who may decide about a Friday deploy, and what happens when nobody does.

clock {
  start = "2026-01-09T14:00:00Z"
}

user "dev" {
  email = "dev@acme.example"
  name  = "Dev"
}

user "ana" {
  email = "ana@acme.example"
  name  = "Ana"
}

user "bo" {
  email = "bo@acme.example"
  name  = "Bo"
}

user "eve" { email = "eve@acme.example" }

scenario "an urgent deploy needs one release manager" {
  flow = "friday_deploy"

  request {
    by     = user.dev
    fields = { service = "api", reason = "customers cannot log in", urgency = "high" }
  }

  expect {
    state    = "pending"
    waiting  = ["release"]
    messages = [{ to = "#deploys", contains = "Dev wants to deploy *api*" }]
  }

  approve "release" {
    by      = user.ana
    comment = "go"
  }

  expect {
    state     = "ended"
    outcome   = "ok"
    decided   = "people"
    condition = approval.release.comment == "go"
    effects   = []
    messages  = [{ to = "dm:requester", contains = "Approved by Ana" }]
  }
}

scenario "any other deploy needs two of them" {
  flow = "friday_deploy"

  request {
    by     = user.dev
    fields = { service = "web", reason = "a promised release" }
  }

  approve "release" { by = user.ana }
  expect { waiting = ["release"] }

  approve "release" {
    by     = user.ana
    expect = "refused:already_decided"
  }

  approve "release" { by = user.bo }

  expect {
    outcome  = "ok"
    messages = [{ to = "dm:dev@acme.example", contains = "Approved by Ana, Bo" }]
  }
}

scenario "a release manager does not decide about their own deploy" {
  flow = "friday_deploy"

  request {
    by     = user.ana
    fields = { service = "api", reason = "customers cannot log in", urgency = "high" }
  }

  approve "release" {
    by     = user.ana
    expect = "refused:own_request"
  }

  approve "release" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  approve "release" { by = user.bo }
  expect { outcome = "ok" }
}

scenario "one denial is enough, and is told" {
  flow = "friday_deploy"

  request {
    by     = user.dev
    fields = { service = "billing", reason = "a promised release" }
  }

  deny "release" { by = user.bo }

  expect {
    outcome   = "denied"
    condition = run.denial.stage == "release"
    messages  = [{ to = "dm:requester", contains = "Denied: no reason given" }]
  }

  approve "release" {
    by     = user.ana
    expect = "refused:not_pending"
  }
}

scenario "nobody answers, and it expires" {
  flow = "friday_deploy"

  request {
    by     = user.dev
    fields = { service = "api", reason = "a promised release" }
  }

  advance { by = "3h59m" }
  expect { state = "pending" }
  advance { by = "1m" }

  expect {
    outcome  = "expired"
    messages = [{ to = "dm:requester", contains = "Nobody decided within four hours" }]
  }

  approve "release" {
    by     = user.ana
    expect = "refused:expired"
  }
}

scenario "a reason that says nothing is not taken" {
  flow = "friday_deploy"

  request {
    by     = user.dev
    fields = { service = "api", reason = "because" }
    expect = "refused:bad_field"
  }
}
