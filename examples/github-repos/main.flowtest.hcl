# Repositories that are archived are not offered.

user "ana" { email = "ana@acme.example" }
user "bo" { email = "bo@acme.example" }
user "cy" { email = "cy@acme.example" }

mock "http" "repositories" {
  output = [
    { name = "shop", archived = false },
    { name = "old-shop", archived = true },
    { name = "search", archived = false },
  ]
}

mock "strategy.github.repositories" "escalate" { output = { preexisting = false } }
mock "strategy.github.repositories" "deescalate" {}

scenario "what the form offers" {
  flow = "repositories"

  prompt { by = user.ana }

  expect {
    options = { repositories = ["shop", "search"], duration = ["1d", "3d", "7d"] }
    effects = ["http.repositories"]
  }
}

scenario "a week is the most" {
  flow = "repositories"

  request {
    by     = user.bo
    target = target.github_repo.push
    fields = { repositories = ["shop"], reason = "a fix", duration = "30d" }
    expect = "refused:bad_field"
  }
}

scenario "one grant for each repository, and all of them end" {
  flow = "repositories"

  request {
    by     = user.ana
    target = target.github_repo.push
    fields = { repositories = ["shop", "search"], reason = "a fix", duration = "1d" }
  }

  approve "maintainer" { by = user.bo }

  expect {
    state = "active"
    effects = [
      "http.repositories",
      "strategy.github.repositories.escalate",
      "strategy.github.repositories.escalate",
    ]
  }

  advance { by = "1d" }
  expect { outcome = "ok" }
}

scenario "what is archived cannot be chosen" {
  flow = "repositories"

  request {
    by     = user.ana
    target = target.github_repo.triage
    fields = { repositories = ["old-shop"], reason = "a fix", duration = "1d" }
    expect = "refused:bad_field"
  }
}
