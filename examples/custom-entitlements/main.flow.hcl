# A service of one's own as a strategy: two calls over HTTP give an entitlement and take it away.
# Several secrets go where they belong and nowhere else.

bundle "entitlements" { language = 1 }

variable "base_url" {
  type    = string
  default = "https://entitlements.acme.example/v2"
}

secret "service_user" { description = "The name that the service knows us by." }

secret "service_password" { description = "Its password." }

secret "gateway_key" { description = "The key of the gateway in front of it." }

integration "http" "entitlements" {
  base_url = var.base_url
  headers  = { "X-Gateway-Key" = secret.gateway_key }

  auth "basic" {
    username = secret.service_user
    password = secret.service_password
  }
}

group "owners" {
  members = [user("ola@acme.example"), user("oda@acme.example"), user("ole@acme.example")]
}

target "http" "ledger" {
  label    = "Ledger"
  settings = { entitlement = "ledger-read" }
}

target "http" "payroll" {
  label    = "Payroll"
  settings = { entitlement = "payroll-read" }
}

strategy "http" "entitlements" {
  integration = integration.http.entitlements
  targets     = [target.http.ledger, target.http.payroll]
  timeout     = "20s"

  # The same PUT twice leaves one entitlement, so a lost answer may be asked for again.
  idempotent = true

  escalate {
    body = object({ id = string, active = bool })

    call {
      method = "PUT"
      path   = "/people/${identity}/entitlements/${target.settings.entitlement}"
      body   = { reason = request.fields.reason, request = run.id }
    }

    # A 200 is not enough: the service says whether it took hold.
    success = response.body.active
  }

  # What is gone already has ended too. Tried until one of these is answered.
  deescalate {
    call {
      method = "DELETE"
      path   = "/people/${identity}/entitlements/${target.settings.entitlement}"
      expect = [200, 204, 404]
    }

    retry { budget = "2h" }
  }
}

flow "entitlement" {
  label = "Entitlement"

  prompt {
    field "target" {
      label   = "What for"
      type    = target
      allowed = strategy.http.entitlements.targets
    }

    field "reason" {
      type       = string
      min_length = 10
    }

    field "duration" {
      type    = duration
      allowed = ["1h", "8h"]
    }
  }

  permissions { request = members }

  approval "owner" { approvers = group.owners }

  grant {
    strategy     = strategy.http.entitlements
    duration     = request.fields.duration
    max_duration = "8h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "You have ${request.target.label}, number ${steps.escalate.output.body.id}."
    }
  }
}
