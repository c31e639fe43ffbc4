# A held job of a pipeline goes on once somebody agreed.

user "dev" { email = "dev@acme.example" }
user "ana" { email = "ana@acme.example" }
user "eve" { email = "eve@acme.example" }

mock "http" "jobs" {
  output = {
    items = [
      { id = "j-1", type = "build", status = "success" },
      { id = "j-2", type = "approval", status = "on_hold" },
    ]
  }
}

mock "http" "release" {}

scenario "the held job is released, once" {
  flow = "release"

  request {
    by     = user.dev
    fields = { workflow_id = "0a1b2c3d-0000-1111-2222-0123456789ab", reason = "the release of today" }
  }

  expect { messages = [{ to = "#releases", contains = "the release of today" }] }

  approve "release" {
    by     = user.eve
    expect = "refused:not_an_approver"
  }

  approve "release" { by = user.ana }

  expect {
    outcome   = "ok"
    effects   = ["http.jobs", "http.release"]
    messages  = [{ to = "#releases", contains = "goes on, for Dev" }]
    condition = steps.held.output == "j-2"
  }
}

scenario "nothing is held there" {
  flow = "release"

  mock "http" "jobs" {
    output = { items = [{ id = "j-1", type = "build", status = "success" }] }
  }

  request {
    by     = user.dev
    fields = { workflow_id = "0a1b2c3d-0000-1111-2222-0123456789ab", reason = "the release of today" }
  }

  approve "release" { by = user.ana }

  expect {
    outcome   = "errored"
    effects   = ["http.jobs"]
    condition = startswith(run.error.message, "No held job")
  }
}

scenario "no answer of the pipeline releases nothing" {
  flow = "release"

  mock "http" "jobs" {
    error = { kind = "server_error", message = "down", status = 503 }
  }

  request {
    by     = user.dev
    fields = { workflow_id = "0a1b2c3d-0000-1111-2222-0123456789ab", reason = "the release of today" }
  }

  approve "release" { by = user.ana }

  expect {
    outcome = "errored"
    effects = ["http.jobs"]
  }
}

scenario "nobody agrees within two hours" {
  flow = "release"

  request {
    by     = user.dev
    fields = { workflow_id = "0a1b2c3d-0000-1111-2222-0123456789ab", reason = "the release of today" }
  }

  advance { by = "2h" }

  expect {
    outcome = "expired"
    effects = []
  }
}
