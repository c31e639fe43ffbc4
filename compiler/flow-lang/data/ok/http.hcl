# A service over HTTP gives and takes back: at once, and by a job that is waited for.

bundle "http" { language = 1 }

secret "key" {}

secret "token" {}

integration "http" "access" {
  base_url = "https://access.example/v1"
  headers  = { "X-Key" = secret.key }
  auth "bearer" { token = secret.token }
}

target "http" "reports" {
  label    = "Reports"
  settings = { entitlement = "reports", level = request.fields.level }
}

target "http" "ledger" {
  settings = { entitlement = "ledger", level = "read" }
}

strategy "http" "direct" {
  integration = integration.http.access
  targets     = [target.http.reports, target.http.ledger]
  timeout     = "20s"
  idempotent  = true
  overlap     = "share"

  escalate {
    body = object({ id = string, active = bool })

    call {
      method           = "PUT"
      path             = "/people/${identity}/${target.settings.entitlement}"
      query            = { level = target.settings.level }
      headers          = { "X-Second-Key" = secret.key }
      body             = { reason = request.fields.reason }
      expect           = [200, 201]
      response_headers = ["X-Request-Id"]
    }

    success = response.status == 201 || response.body.active
  }

  deescalate {
    call {
      method = "DELETE"
      path   = "/people/${identity}/${target.settings.entitlement}"
      expect = [200, 204, 404]
    }
    retry { budget = "2h" }
  }
}

strategy "http" "job" {
  integration = integration.http.access
  targets     = [target.http.ledger]

  identity {
    step "http" "person" {
      method = "GET"
      path   = "/people"
      query  = { email = requester.email }
      output = object({ id = string })
    }
    value = steps.person.output.id
  }

  escalate {
    body = object({ job = number })

    step "http" "before" {
      method = "GET"
      path   = "/people/${identity}"
      output = object({ version = number })
    }

    call {
      method = "POST"
      path   = "/jobs"
      body   = { person = identity, version = steps.before.output.version }
      expect = [202]
      auth "basic" {
        username = "flow"
        password = secret.token
      }
    }

    poll {
      every   = "5s"
      timeout = "5m"
      output  = object({ state = string })
      call {
        method = "GET"
        path   = "/jobs/${steps.call.output.body.job}"
      }
      until  = response.status == 200 && response.body.state == "done"
      failed = response.body.state == "failed"
    }
  }

  deescalate {
    call {
      method = "POST"
      path   = "/jobs/ends"
      body   = { person = identity }
    }
    poll {
      call {
        method = "GET"
        path   = "/jobs/ends"
        query  = { person = identity }
      }
      until = try(as(response.body, object({ done = bool })).done, false)
    }
  }
}

flow "reports" {
  prompt {
    field "target" {
      type    = target
      allowed = strategy.http.direct.targets
    }
    field "level" {
      type    = string
      allowed = ["read", "write"]
    }
    field "reason" { type = string }
  }

  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.http.direct
    duration     = "1h"
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "Yours, by ${steps.escalate.output.body.id} (${steps.escalate.output.status})."
    }
  }
}

flow "ledger" {
  prompt {
    field "reason" { type = string }
  }

  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.http.job
    target       = target.http.ledger
    duration     = "1h"
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "Job ${steps.escalate.output.body.job} is done, for “${request.fields.reason}”."
    }
  }
}
