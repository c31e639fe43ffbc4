# Who is not known on GitHub asks in vain.

user "dev" { email = "dev@acme.example" }

mock "http" "collaborators" {
  output = [{ login = "bo42", role_name = "write" }]
}

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
