# A role of OneLogin, as its member or as its admin. The person's number is looked up first; who is
# not found is refused before anything is called.

bundle "onelogin" { language = 1 }

secret "client_id" { description = "The id of the API credentials." }

secret "client_secret" { description = "Their secret." }

integration "http" "onelogin" {
  base_url = "https://acme.onelogin.com"

  auth "oauth2_client_credentials" {
    token_url     = "https://acme.onelogin.com/auth/oauth2/v2/token"
    client_id     = secret.client_id
    client_secret = secret.client_secret
  }
}

group "it" {
  members = [user("ida@acme.example"), user("ike@acme.example"), user("ivo@acme.example")]
}

# What may be asked for; whether as member or as admin is a target, and no text that a person types.
target "http" "support" {
  label    = "Support, as a member"
  settings = { role_id = "412001", list = "users" }
}

target "http" "support_admin" {
  label    = "Support, as its admin"
  settings = { role_id = "412001", list = "admins" }
}

strategy "http" "roles" {
  integration = integration.http.onelogin
  targets     = [target.http.support, target.http.support_admin]
  idempotent  = true

  identity {
    step "http" "people" {
      method = "GET"
      path   = "/api/2/users"
      query  = { email = requester.email, fields = "id,status" }
      output = list(object({ id = number, status = number }))
    }

    # Status 1 is an active person. Where there is none this has no value, and nothing is called.
    value = tostring([for p in steps.people.output : p.id if p.status == 1][0])
  }

  escalate {
    call {
      method = "POST"
      path   = "/api/2/roles/${target.settings.role_id}/${target.settings.list}"
      body   = [tonumber(identity)]
    }
  }

  deescalate {
    call {
      method = "DELETE"
      path   = "/api/2/roles/${target.settings.role_id}/${target.settings.list}"
      body   = [tonumber(identity)]
      expect = [200, 204, 404]
    }
  }
}

flow "role" {
  label = "OneLogin role"

  prompt {
    field "target" {
      label   = "Role"
      type    = target
      allowed = strategy.http.roles.targets
    }

    field "reason" { type = string }

    field "duration" {
      type    = duration
      allowed = ["1h", "8h"]
    }
  }

  permissions { request = members }

  # An admin of a role can let others in, so two people look.
  approval "it" {
    approvers = group.it
    quorum    = request.target.name == "support_admin" ? 2 : 1
  }

  grant {
    strategy     = strategy.http.roles
    duration     = request.fields.duration
    max_duration = "8h"
  }
}
