# What the form offers depends on the application.

user "dev" { email = "dev@acme.example" }
user "lea" { email = "lea@acme.example" }

group "leads" { members = [user.lea] }

mock "http" "groups" {
  output = [
    { id = "00gA", profile = { name = "billing-read" } },
    { id = "00gB", profile = { name = "billing-admin" } },
  ]
}

mock "strategy.okta_group.chosen" "escalate" { output = { preexisting = false } }
mock "strategy.okta_group.chosen" "deescalate" {}

scenario "the groups of an application are offered" {
  flow = "groups"

  prompt {
    by     = user.dev
    fields = { application = "billing" }
  }

  expect {
    header  = "Ask for the groups of one application at a time."
    visible = ["application", "groups", "reason", "duration"]
    options = { application = ["analytics", "billing", "support"], groups = ["00gA", "00gB"] }
    effects = ["http.groups"]
  }
}

scenario "an application that does not exist is not taken" {
  flow = "groups"

  request {
    by     = user.dev
    fields = { application = "payroll", groups = ["00gA"], reason = "the monthly close", duration = "1h" }
    expect = "refused:bad_field"
  }
}

scenario "every group that was chosen is given, and taken back" {
  flow = "groups"

  request {
    by     = user.dev
    fields = { application = "billing", groups = ["00gA", "00gB"], reason = "the monthly close", duration = "1h" }
  }

  approve "lead" { by = user.lea }

  expect {
    state = "active"
    effects = [
      "http.groups",
      "strategy.okta_group.chosen.escalate",
      "strategy.okta_group.chosen.escalate",
    ]
  }

  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.okta_group.chosen.deescalate", "strategy.okta_group.chosen.deescalate"]
  }
}

scenario "a group that the application does not have is not taken" {
  flow = "groups"

  request {
    by     = user.dev
    fields = { application = "billing", groups = ["00gZ"], reason = "the monthly close", duration = "1h" }
    expect = "refused:bad_field"
  }

  expect {
    outcome  = "cancelled"
    effects  = ["http.groups"]
    messages = [{ to = "dm:dev@acme.example", contains = "is not one of 00gA, 00gB" }]
  }
}
