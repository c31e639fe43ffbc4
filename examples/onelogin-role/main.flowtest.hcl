# To be its admin takes two of IT.

user "dev" { email = "dev@acme.example" }
user "ida" { email = "ida@acme.example" }
user "ike" { email = "ike@acme.example" }

scenario "two are needed for the admin's role, and one no is enough" {
  flow = "role"

  request {
    by     = user.dev
    target = target.http.support_admin
    fields = { reason = "the person in charge is ill", duration = "1h" }
  }

  approve "it" { by = user.ida }
  expect { waiting = ["it"] }
  deny "it" { by = user.ike }

  expect {
    outcome = "denied"
    effects = []
  }
}

scenario "nobody of IT lets themselves in" {
  flow = "role"

  request {
    by     = user.ida
    target = target.http.support
    fields = { reason = "to try it", duration = "1h" }
  }

  approve "it" {
    by     = user.ida
    expect = "refused:own_request"
  }
}
