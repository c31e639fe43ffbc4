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
