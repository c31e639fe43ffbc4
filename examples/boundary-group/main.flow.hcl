# A group of Boundary. The groups are listed when the form opens; Boundary wants the version of what
# is changed, so a step reads it right before each call.

bundle "boundary" { language = 1 }

secret "boundary_token" { description = "A token of Boundary that may change groups." }

integration "http" "boundary" {
  base_url = "https://boundary.acme.example/v1"
  auth "bearer" { token = secret.boundary_token }
}

group "infra" {
  members = [user("ian@acme.example"), user("ines@acme.example"), user("isa@acme.example")]
}

target "http" "group" {
  label    = "A group of Boundary"
  settings = { group_id = request.fields.group }
}

strategy "http" "groups" {
  integration = integration.http.boundary
  targets     = [target.http.group]

  identity {
    step "http" "people" {
      method = "GET"
      path   = "/users"
      query  = { scope_id = "global", filter = "\"/item/email\" == \"${requester.email}\"" }
      output = object({ items = list(object({ id = string })) })
    }

    # Where nobody is found this has no value, and nothing is called.
    value = steps.people.output.items[0].id
  }

  escalate {
    step "http" "group" {
      method = "GET"
      path   = "/groups/${target.settings.group_id}"
      output = object({ version = number })
    }

    call {
      method = "POST"
      path   = "/groups/${target.settings.group_id}:add-members"
      body   = { version = steps.group.output.version, member_ids = [identity] }
    }
  }

  # Where somebody changed the group in between, the version does not fit: read and tried again.
  deescalate {
    step "http" "group_now" {
      method = "GET"
      path   = "/groups/${target.settings.group_id}"
      output = object({ version = number })
    }

    call {
      method = "POST"
      path   = "/groups/${target.settings.group_id}:remove-members"
      body   = { version = steps.group_now.output.version, member_ids = [identity] }
    }
  }
}

flow "group" {
  label = "Boundary group"

  prompt {
    field "group" {
      type = string

      options {
        step "http" "groups" {
          integration = integration.http.boundary
          method      = "GET"
          path        = "/groups"
          query       = { scope_id = "global", recursive = true }
          output      = object({ items = list(object({ id = string, name = string })) })
        }

        values = [for g in steps.groups.output.items : { value = g.id, label = g.name }]
        cache  = "5m"
      }
    }

    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["30m", "2h"]
    }
  }

  permissions { request = members }

  approval "infra" { approvers = group.infra }

  grant {
    strategy     = strategy.http.groups
    target       = target.http.group
    duration     = request.fields.duration
    max_duration = "2h"
  }
}
