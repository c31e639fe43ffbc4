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
