# The groups of the domain, as the function lists them.

user "dev" { email = "dev@acme.example" }
user "ida" { email = "ida@acme.example" }

mock "aws_lambda" "groups" {
  output = [{ email = "board@acme.example", name = "The board" }]
}

scenario "what the form offers" {
  flow = "google_group"

  prompt { by = user.dev }

  expect {
    visible = ["group", "reason", "duration"]
    options = { group = ["board@acme.example"] }
  }
}

scenario "a month is too long" {
  flow = "google_group"

  request {
    by     = user.dev
    fields = { group = "board@acme.example", reason = "minutes", duration = "30d" }
    expect = "refused:bad_field"
  }
}
