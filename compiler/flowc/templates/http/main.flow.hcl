# A lead approves, a service of your own gives the access over HTTP, and takes it back when the time
# is up.

bundle "entitlements" {
  language = 1
}

variable "base_url" {
  type        = string
  description = "Where the service is: every path is put behind it."
}

variable "leads" {
  type        = list(string)
  description = "E-mail addresses of the people who decide."

  validation {
    condition     = length(var.leads) >= 2
    error_message = "Name at least two people: nobody decides about their own request."
  }
}

secret "service_token" {
  description = "The token that the service knows us by."
}

integration "http" "service" {
  base_url = var.base_url

  auth "bearer" {
    token = secret.service_token
  }
}

group "leads" {
  members = [for email in var.leads : user(email)]
}

target "http" "reports" {
  label    = "Reports"
  settings = { entitlement = "reports-read" }
}

strategy "http" "entitlements" {
  integration = integration.http.service
  targets     = [target.http.reports]

  # PUT may be sent twice: the second time changes nothing.
  idempotent = true

  escalate {
    call {
      method = "PUT"
      path   = "/people/${identity}/entitlements/${target.settings.entitlement}"
      body   = { request = run.id, reason = request.fields.reason }
    }
  }

  # Tried until it is confirmed. What is gone already has ended.
  deescalate {
    call {
      method = "DELETE"
      path   = "/people/${identity}/entitlements/${target.settings.entitlement}"
      expect = [200, 204, 404]
    }
  }
}

flow "reports" {
  label = "Reports"

  prompt {
    field "reason" {
      label      = "Why do you need it?"
      type       = string
      min_length = 10
    }

    field "duration" {
      label   = "For how long?"
      type    = duration
      allowed = ["1h", "4h", "8h"]
    }
  }

  permissions {
    request = members
  }

  approval "lead" {
    approvers = group.leads
    timeout   = "8h"
  }

  grant {
    strategy     = strategy.http.entitlements
    target       = target.http.reports
    duration     = request.fields.duration
    max_duration = "8h"
  }

  hook "after_deescalate" {
    notify {
      to   = requester
      text = "Your access to the reports has ended."
    }
  }
}
