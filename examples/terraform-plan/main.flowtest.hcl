# A pipeline waits for people, unless nothing can break.

user "pat" { email = "pat@acme.example" }
user "pam" { email = "pam@acme.example" }
user "eve" { email = "eve@acme.example" }

user "bot" {
  email = "terraform-bot@acme.example"
  kind  = "bot"
}

mock "http" "resume" {}
mock "http" "stop" {}

scenario "a plan that destroys nothing goes on by itself" {
  flow = "apply"

  request {
    by      = user.bot
    source  = "api"
    fields  = { pipeline = "7", workspace = "applications" }
    context = { create = 1, change = 2, destroy = 0, files = ["main.tf"] }
  }

  expect {
    outcome = "ok"
    decided = "auto"
    effects = ["http.resume"]
  }
}

scenario "databases need two of the platform team" {
  flow = "apply"

  request {
    by      = user.bot
    source  = "api"
    fields  = { pipeline = "8", workspace = "databases" }
    context = { create = 0, change = 1, destroy = 1, files = ["db.tf"] }
  }

  expect {
    waiting  = ["platform"]
    messages = [{ to = "#terraform", contains = "*1 to destroy*" }]
  }

  approve "platform" { by = user.pat }
  expect { waiting = ["platform"] }

  approve "platform" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  approve "platform" { by = user.pam }

  expect {
    outcome = "ok"
    effects = ["http.resume"]
  }
}

scenario "no Terraform file: the pipeline is stopped" {
  flow = "apply"

  request {
    by      = user.bot
    source  = "api"
    fields  = { pipeline = "9", workspace = "network" }
    context = { create = 0, change = 0, destroy = 0, files = ["README.md"] }
  }

  expect {
    outcome = "denied"
    effects = ["http.stop"]
  }
}

scenario "only the pipeline asks, and only through the API" {
  flow = "apply"

  request {
    by      = user.pat
    source  = "api"
    fields  = { pipeline = "9", workspace = "network" }
    context = { create = 0, change = 0, destroy = 0, files = ["a.tf"] }
    expect  = "refused:not_permitted"
  }

  request {
    by      = user.bot
    fields  = { pipeline = "9", workspace = "network" }
    context = { create = 0, change = 0, destroy = 0, files = ["a.tf"] }
    expect  = "refused:source_not_allowed"
  }
}
