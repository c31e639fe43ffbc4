# A service that says "accepted" first and is ready minutes later. The strategy waits for it: before
# the role is there nobody is told that it is.

bundle "warehouse" { language = 1 }

secret "client_secret" { description = "The secret of our OAuth client." }

integration "http" "warehouse" {
  base_url = "https://access.warehouse.example/api"

  auth "oauth2_client_credentials" {
    token_url     = "https://login.warehouse.example/oauth/token"
    client_id     = "flow"
    client_secret = secret.client_secret
    scopes        = ["grants:write"]
  }
}

group "data" {
  members = [user("dag@acme.example"), user("didi@acme.example"), user("doc@acme.example")]
}

target "http" "analyst" {
  label    = "Analyst"
  settings = { role = "ANALYST" }
}

target "http" "loader" {
  label    = "Loader"
  settings = { role = "LOADER" }
}

strategy "http" "warehouse" {
  integration = integration.http.warehouse
  targets     = [target.http.analyst, target.http.loader]

  escalate {
    body = object({ id = number })

    call {
      method  = "POST"
      path    = "/grants"
      headers = { "Idempotency-Key" = run.id }
      body    = { person = identity, role = target.settings.role, schema = request.fields.schema }
      expect  = [202]
    }

    poll {
      every   = "5s"
      timeout = "5m"
      output  = object({ state = string })

      call {
        method = "GET"
        path   = "/grants/${steps.call.output.body.id}"
      }

      until  = response.body.state == "READY"
      failed = response.body.state == "REJECTED"
    }
  }

  # By person and role, not by the id that was answered: the end must not depend on an answer that
  # may have been lost.
  deescalate {
    call {
      method = "DELETE"
      path   = "/people/${identity}/roles/${target.settings.role}"
      expect = [200, 204, 404]
    }
  }
}

flow "warehouse" {
  label = "Data warehouse"

  prompt {
    field "target" {
      label   = "Role"
      type    = target
      allowed = strategy.http.warehouse.targets
    }

    field "schema" {
      type    = string
      allowed = ["sales", "marketing", "events"]
    }

    field "question" {
      label = "What do you want to find out?"
      type  = string
    }

    field "duration" {
      type    = duration
      allowed = ["4h", "1d"]
    }
  }

  permissions { request = members }

  approval "data" { approvers = group.data }

  grant {
    strategy     = strategy.http.warehouse
    duration     = request.fields.duration
    max_duration = "1d"
  }
}
