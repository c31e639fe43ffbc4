# By day a colleague is enough, by night it takes two. Berlin is one hour ahead of UTC in January.

user "dev" { email = "dev@acme.example" }
user "sol" { email = "sol@acme.example" }
user "sky" { email = "sky@acme.example" }
user "onc" { email = "onc@acme.example" }

group "support" { members = [user.sol, user.sky] }
group "on_call" { members = [user.onc] }

mock "strategy.aws_iam.support" "escalate" {
  output = { preexisting = false }
}

mock "strategy.aws_iam.support" "deescalate" {}

scenario "ten in the morning" {
  flow = "support_tools"

  request {
    by     = user.dev
    fields = { customer = "Borealis", duration = "1h" }
  }

  expect { messages = [{ to = "group:support", contains = "Borealis" }] }

  approve "colleague" {
    by     = user.onc
    expect = "refused:not_an_approver"
  }

  approve "colleague" { by = user.sol }
  expect { state = "active" }
  advance { by = "1h" }
  expect { outcome = "ok" }
}

scenario "eight in the evening" {
  flow = "support_tools"

  advance { to = "2026-01-05T19:00:00Z" }

  request {
    by     = user.dev
    fields = { customer = "Borealis", duration = "1h" }
  }

  expect { messages = [{ to = "group:on_call" }] }
  approve "colleague" { by = user.onc }
  expect { waiting = ["colleague"] }
  approve "colleague" { by = user.sky }
  expect { state = "active" }
}

scenario "nobody answers, and the channel hears of it" {
  flow = "support_tools"

  request {
    by     = user.dev
    fields = { customer = "Borealis", duration = "15m" }
  }

  expect { state = "pending" }
  advance { by = "15m" }
  expect { messages = [{ to = "#support" }] }
  advance { by = "105m" }
  expect { outcome = "expired" }
}

scenario "four hours are the most" {
  flow = "support_tools"

  request {
    by     = user.dev
    fields = { customer = "Borealis", duration = "5h" }
    expect = "refused:bad_field"
  }
}
