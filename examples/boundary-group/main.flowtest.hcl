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

mock "http" "people" { output = { items = [{ id = "u_dev" }] } }
mock "http" "group" { output = { version = 3 } }
mock "http" "group_now" { output = { version = 5 } }

mock "strategy.http.groups" "escalate" { output = { status = 200, body = {} } }

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

scenario "the version is read before each change, and again where it did not fit" {
  flow = "group"

  mock "strategy.http.groups" "deescalate" {
    sequence = [
      { error = { kind = "http_status", message = "the version does not fit", status = 400 } },
      { output = { status = 200, body = {} } },
    ]
  }

  request {
    by     = user.dev
    fields = { group = "g_1", reason = "a slow query", duration = "30m" }
  }

  approve "infra" { by = user.ian }

  expect {
    state   = "active"
    effects = ["http.groups", "http.people", "http.group", "strategy.http.groups.escalate"]
  }

  advance { by = "31m" }

  expect {
    outcome = "ok"
    effects = ["http.group_now", "strategy.http.groups.deescalate", "http.group_now"]
  }
}

scenario "who is not known in Boundary is let in nowhere" {
  flow = "group"

  mock "http" "people" { output = { items = [] } }

  request {
    by     = user.dev
    fields = { group = "g_2", reason = "a slow query", duration = "30m" }
  }

  approve "infra" { by = user.ian }

  expect {
    outcome = "errored"
    effects = ["http.groups", "http.people"]
  }
}
