# Contractors have another address in the vendor's system than in ours. The flow says how one leads
# to the other, and finds the person before the call and never after it.

bundle "two-domains" { language = 1 }

secret "okta_token" { description = "A token that may read people and change members of groups." }

secret "directory_token" { description = "A token of the contractors' directory." }

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta_token
}

integration "http" "directory" {
  base_url = "https://directory.acme.example/v1"
  auth "bearer" { token = secret.directory_token }
}

environment "main" {
  integrations = [integration.okta.main, integration.http.directory]
}

# In order: what is written here, what was saved, what the strategy finds, what the directory finds.
identities {
  override "zoe@contractors.example" {
    okta    = "00uZoe"
    manager = "ana@acme.example"
  }

  from "okta" {
    integration = integration.okta.main
    manager     = "profile.managerEmail"
    lookup      = replace(requester.email, "@contractors.example", "@acme.example")
  }
}

group "sponsors" {
  members = [user("ana@acme.example"), user("bo@acme.example"), user("cy@acme.example")]
}

target "okta_group" "wiki" {
  label    = "Wiki"
  group_id = "00gWiki"
}

target "okta_group" "design" {
  label    = "Design files"
  group_id = "00gDesign"
}

strategy "okta_group" "shared" {
  integration = integration.okta.main
  targets     = [target.okta_group.wiki, target.okta_group.design]

  identity {
    step "http" "person" {
      integration = integration.http.directory
      method      = "GET"
      path        = "/people/${requester.email}"
      output      = object({ okta_id = string, active = bool })
    }

    value = steps.person.output.okta_id
  }
}

flow "shared_files" {
  label = "Shared files"

  prompt {
    field "target" {
      type    = target
      allowed = strategy.okta_group.shared.targets
    }

    # Somebody of ours who answers for them.
    field "sponsor" { type = user }

    field "duration" {
      type    = duration
      allowed = ["1d", "7d"]
    }
  }

  permissions { request = everyone }

  approval "sponsor" {
    approvers = intersect(request.fields.sponsor, group.sponsors)
    timeout   = "1d"

    notify {
      to   = approvers
      text = "${requester.name} (${requester.email}) names you as sponsor for ${request.target.label}."
    }
  }

  grant {
    strategy     = strategy.okta_group.shared
    duration     = request.fields.duration
    max_duration = "7d"
  }
}
