# A form whose later fields depend on earlier ones.

user "dev" { email = "dev@acme.example" }
user "cam" { email = "cam@acme.example" }
user "coy" { email = "coy@acme.example" }
user "own" { email = "own@acme.example" }

scenario "a sandbox for a month" {
  flow = "project"

  request {
    by = user.dev
    fields = {
      name         = "try-out"
      regions      = ["eu-west-1"]
      owner        = user.dev
      deputies     = []
      delete_after = "30d"
    }
  }

  expect {
    waiting   = ["cloud"]
    condition = request.fields.stage == "sandbox" && request.fields.budget == 100
  }

  approve "cloud" { by = user.cam }

  expect {
    outcome  = "ok"
    messages = [{ to = "dm:requester", contains = "sandbox in eu-west-1, no personal data" }]
  }
}

scenario "production needs two of cloud, and the owner" {
  flow = "project"

  request {
    by = user.dev
    fields = {
      name           = "shop"
      stage          = "production"
      continent      = "us"
      regions        = ["us-east-1", "us-west-2"]
      personal_data  = true
      classification = "confidential"
      owner          = user.own
      deputies       = [user.cam]
      reason         = "the new shop"
    }
  }

  approve "cloud" { by = user.cam }
  expect { waiting = ["cloud"] }
  approve "cloud" { by = user.coy }

  expect {
    waiting  = ["owner"]
    messages = [{ to = "dm:own@acme.example", contains = "owner of shop (20000 dollars a month)" }]
  }

  approve "owner" { by = user.own }
  expect { outcome = "ok" }
}

scenario "regions of another continent are not taken" {
  flow = "project"

  request {
    by     = user.dev
    fields = { name = "try-out", regions = ["us-east-1"], owner = user.dev, deputies = [], delete_after = "1d" }
    expect = "refused:bad_field"
  }
}

scenario "what is not shown is not filled in" {
  flow = "project"

  request {
    by     = user.dev
    fields = { name = "try-out", regions = ["eu-west-1"], classification = "secret", owner = user.dev, deputies = [], delete_after = "1d" }
    expect = "refused:bad_field"
  }
}

scenario "the form follows what is filled in" {
  flow = "project"

  prompt {
    by     = user.dev
    fields = { stage = "production", continent = "us", personal_data = true }
  }

  expect {
    header  = "Hello Dev. A sandbox is there in an hour; production takes two days."
    options = { regions = ["us-east-1", "us-west-2"], classification = ["internal", "confidential", "secret"] }

    visible = [
      "name",
      "stage",
      "continent",
      "regions",
      "budget",
      "personal_data",
      "classification",
      "owner",
      "deputies",
      "ports",
      "needed_by",
      "reason",
    ]
  }
}
