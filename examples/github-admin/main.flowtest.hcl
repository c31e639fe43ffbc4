# Who is not known on GitHub asks in vain.

user "dev" { email = "dev@acme.example" }

mock "http" "collaborators" {
  output = [{ login = "bo42", role_name = "write" }]
}

user "ana" { email = "ana@acme.example" }
user "bo" { email = "bo@acme.example" }

mock "strategy.github.admin" "escalate" { output = { preexisting = false } }
mock "strategy.github.admin" "deescalate" {}

scenario "nobody knows who this is on GitHub" {
  flow = "settings"

  request {
    by     = user.dev
    fields = { repository = "shop", change = "protect the main branch" }
  }

  expect {
    outcome   = "denied"
    effects   = ["http.collaborators"]
    condition = startswith(run.denial.reason, "It is not known who you are on GitHub")
  }
}

scenario "a name that is no repository is not taken" {
  flow = "settings"

  request {
    by     = user.dev
    fields = { repository = "../shop", change = "protect the main branch" }
    expect = "refused:bad_field"
  }
}

scenario "who may push is admin for an hour" {
  flow = "settings"

  request {
    by     = user.bo
    fields = { repository = "shop", change = "protect the main branch" }
  }

  approve "owner" { by = user.ana }

  expect {
    state   = "active"
    effects = ["http.collaborators", "strategy.github.admin.escalate"]
  }

  advance { by = "1h" }

  expect {
    outcome = "ok"
    effects = ["strategy.github.admin.deescalate"]
  }
}
