# Whose department it is decides who decides.

user "dev" { email = "dev@acme.example" }
user "fay" { email = "fay@acme.example" }
user "eng" { email = "eng@acme.example" }
user "ida" { email = "ida@acme.example" }

group "engineering_leads" { members = [user.eng] }
group "it" { members = [user.ida] }

mock "okta_user" "profile" {
  output = { id = "00uDev", status = "ACTIVE", profile = { department = "Engineering" } }
}

mock "strategy.okta_group.data" "escalate" {
  output = { preexisting = false }
}

mock "strategy.okta_group.data" "deescalate" {}

scenario "engineering asks its own lead" {
  flow = "data"

  request {
    by     = user.dev
    target = target.okta_group.reports
    fields = { reason = "the board meeting", duration = "8h" }
  }

  expect {
    waiting  = ["department"]
    messages = [{ to = "#access", contains = "(Engineering) asks for *Reports*" }]
  }

  approve "department" {
    by     = user.fay
    expect = "refused:not_an_approver"
  }

  approve "department" { by = user.eng }
  expect { state = "active" }
  advance { by = "8h" }

  expect {
    outcome = "ok"
    effects = ["strategy.okta_group.data.deescalate"]
  }
}

scenario "finance hears of it in its own channel" {
  flow = "data"

  mock "okta_user" "profile" {
    output = { id = "00uDev", status = "ACTIVE", profile = { department = "Finance" } }
  }

  request {
    by     = user.dev
    target = target.okta_group.warehouse
    fields = { reason = "the board meeting", duration = "1h" }
  }

  expect { messages = [{ to = "#finance", contains = "Data warehouse" }] }
  approve "department" { by = user.fay }
  expect { state = "active" }
}

scenario "nobody answers, and IT takes over" {
  flow = "data"

  request {
    by     = user.dev
    target = target.okta_group.reports
    fields = { reason = "the board meeting", duration = "1h" }
  }

  approve "department" {
    by     = user.ida
    expect = "refused:not_an_approver"
  }

  advance { by = "4h" }
  expect { condition = approval.department.on_fallback }

  approve "department" {
    by     = user.eng
    expect = "refused:not_an_approver"
  }

  approve "department" { by = user.ida }
  expect { state = "active" }
}

scenario "the directory does not answer, so nobody is asked" {
  flow = "data"

  mock "okta_user" "profile" {
    error = { kind = "timeout" }
  }

  request {
    by     = user.dev
    target = target.okta_group.reports
    fields = { reason = "the board meeting", duration = "1h" }
  }

  expect {
    outcome = "errored"
    effects = ["okta_user.profile"]
  }
}
