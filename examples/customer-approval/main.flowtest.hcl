# The customer decides, and nobody of us in their place.

user "sup" { email = "sup@acme.example" }
user "dev" { email = "dev@acme.example" }

user "bea" {
  email = "bea@borealis.example"
  role  = "guest"
}

user "cho" {
  email = "cho@cumulus.example"
  role  = "guest"
}

group "support" { members = [user.sup] }

mock "strategy.aws_lambda.account[\"borealis\"]" "escalate" {
  output = { body = { url = "https://support.acme.example/borealis" }, errors = [] }
}

mock "strategy.aws_lambda.account[\"borealis\"]" "deescalate" {
  output = { body = {}, errors = [] }
}

scenario "the customer agrees, for two hours" {
  flow = "look_into[\"borealis\"]"

  request {
    by     = user.sup
    fields = { question = "why is the invoice empty" }
  }

  expect { messages = [{ to = "#ext-borealis", contains = "why is the invoice empty" }] }

  approve "customer" {
    by      = user.bea
    comment = "Please do."
  }

  expect {
    state    = "active"
    messages = [{ to = "dm:requester", contains = "Please do. https://support.acme.example/borealis" }]
  }

  advance { by = "2h" }

  expect {
    outcome  = "ok"
    messages = [{ to = "#ext-borealis", contains = "has left your account" }]
  }
}

scenario "another customer has no say" {
  flow = "look_into[\"borealis\"]"

  request {
    by     = user.sup
    fields = { question = "why is the invoice empty" }
  }

  approve "customer" {
    by     = user.cho
    expect = "refused:not_an_approver"
  }

  approve "customer" {
    by     = user.dev
    expect = "refused:not_an_approver"
  }

  advance { by = "1d" }
  expect { outcome = "expired" }
}

scenario "the customer ends it early" {
  flow = "look_into[\"borealis\"]"

  request {
    by     = user.sup
    fields = { question = "why is the invoice empty" }
  }

  approve "customer" { by = user.bea }
  expect { state = "active" }
  revoke { by = user.bea }

  expect {
    outcome = "ok"
    effects = ["strategy.aws_lambda.account[\"borealis\"].deescalate"]
  }
}

scenario "only support asks" {
  flow = "look_into[\"borealis\"]"

  request {
    by     = user.dev
    fields = { question = "why is the invoice empty" }
    expect = "refused:not_permitted"
  }
}
