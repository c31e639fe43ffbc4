# Nothing is granted here: the decision itself is the product. Somebody asks, a
# lead decides, and the requester hears how it ended.

bundle "approvals" {
  language = 1
}

variable "leads" {
  type        = list(string)
  description = "E-mail addresses of the people who decide."

  validation {
    condition     = length(var.leads) >= 2
    error_message = "Name at least two people: nobody decides about their own request."
  }
}

group "leads" {
  members = [for email in var.leads : user(email)]
}

flow "change" {
  label       = "Change in production"
  description = "Ask before you change something by hand."

  prompt {
    field "what" {
      label      = "What will you change?"
      type       = string
      min_length = 10
    }

    field "urgency" {
      label   = "Urgency"
      type    = string
      allowed = ["normal", "incident"]
      default = "normal"
    }
  }

  permissions {
    request = members
  }

  # One is enough in an incident, two otherwise; the requester never counts.
  approval "lead" {
    approvers = group.leads
    quorum    = request.fields.urgency == "incident" ? 1 : 2
    timeout   = "8h"
  }

  hook "after_approve" {
    notify {
      to   = requester
      text = "Approved: ${request.fields.what}"
    }
  }

  hook "after_deny" {
    notify {
      to   = requester
      text = "Denied: ${coalesce(run.denial.reason, "no reason was given")}"
    }
  }

  hook "after_request_expire" {
    notify {
      to   = requester
      text = "Nobody decided within eight hours. Ask again."
    }
  }
}
