# Only a sponsor who is one may say yes.

user "zoe" {
  email = "zoe@contractors.example"
  name  = "Zoe"
}

user "ana" { email = "ana@acme.example" }
user "eve" { email = "eve@acme.example" }

mock "strategy.okta_group.shared" "escalate" { output = { preexisting = false } }
mock "strategy.okta_group.shared" "deescalate" {}

scenario "the sponsor is asked, and says no" {
  flow = "shared_files"

  request {
    by     = user.zoe
    target = target.okta_group.wiki
    fields = { sponsor = user.ana, duration = "1d" }
  }

  expect {
    waiting  = ["sponsor"]
    messages = [{ to = "dm:ana@acme.example", contains = "names you as sponsor for Wiki" }]
  }

  approve "sponsor" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  deny "sponsor" { by = user.ana }

  expect {
    outcome = "denied"
    effects = []
  }
}

scenario "whoever is no sponsor cannot be named as one" {
  flow = "shared_files"

  request {
    by     = user.zoe
    target = target.okta_group.design
    fields = { sponsor = user.eve, duration = "7d" }
  }

  approve "sponsor" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  advance { by = "1d" }
  expect { outcome = "expired" }
}

scenario "what is written down comes before what would be looked up" {
  flow = "shared_files"

  request {
    by     = user.zoe
    target = target.okta_group.wiki
    fields = { sponsor = user.ana, duration = "1d" }
  }

  approve "sponsor" { by = user.ana }

  expect {
    state   = "active"
    effects = ["strategy.okta_group.shared.escalate"]
  }

  advance { by = "1d" }
  expect { outcome = "ok" }
}

scenario "who is not written down is looked up" {
  flow = "shared_files"

  mock "http" "person" { output = { okta_id = "00uEve", active = true } }

  request {
    by     = user.eve
    target = target.okta_group.design
    fields = { sponsor = user.ana, duration = "1d" }
  }

  approve "sponsor" { by = user.ana }

  expect {
    state   = "active"
    effects = ["http.person", "strategy.okta_group.shared.escalate"]
  }
}
