# The groups that there are in Boundary.

user "dev" { email = "dev@acme.example" }
user "ian" { email = "ian@acme.example" }

mock "http" "groups" {
  output = {
    items = [
      { id = "g_1", name = "Databases" },
      { id = "g_2", name = "Jump hosts" },
    ]
  }
}

scenario "what the form offers" {
  flow = "group"

  prompt { by = user.dev }
  expect { options = { group = ["g_1", "g_2"], duration = ["30m", "2h"] } }
}

scenario "a day is too long" {
  flow = "group"

  request {
    by     = user.dev
    fields = { group = "g_1", reason = "a slow query", duration = "1d" }
    expect = "refused:bad_field"
  }
}
