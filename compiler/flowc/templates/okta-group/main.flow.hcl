# A lead approves, Okta takes the requester into a group, and out of it when the time is up.

bundle "groups" {
  language = 1
}

variable "okta_domain" {
  type        = string
  description = "The host of your Okta organization, without https://."

  validation {
    condition     = !contains_text(var.okta_domain, "/")
    error_message = "Give the host alone, such as acme.okta.com."
  }
}

variable "groups" {
  type        = map(string)
  description = "What may be asked for: a name that people see, and the id of the group in Okta."
}

variable "leads" {
  type        = list(string)
  description = "E-mail addresses of the people who decide."

  validation {
    condition     = length(var.leads) >= 2
    error_message = "Name at least two people: nobody decides about their own request."
  }
}

secret "okta_token" {
  description = "An API token that may read people and change members of groups."
}

integration "okta" "main" {
  domain    = var.okta_domain
  api_token = secret.okta_token
}

# The id of a person in Okta is looked up by the e-mail address.
identities {
  from "okta" {
    integration = integration.okta.main
  }
}

group "leads" {
  members = [for email in var.leads : user(email)]
}

target "okta_group" "group" {
  for_each = var.groups
  label    = each.key
  group_id = each.value
}

strategy "okta_group" "groups" {
  integration = integration.okta.main
  targets     = target.okta_group.group[*]

  # Who is in the group for another reason stays in it at the end.
  on_preexisting = "keep"
}

flow "group" {
  label = "Membership of a group"

  prompt {
    field "target" {
      label   = "Group"
      type    = target
      allowed = strategy.okta_group.groups.targets
    }

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
    strategy     = strategy.okta_group.groups
    duration     = request.fields.duration
    max_duration = "8h"
  }

  hook "after_deescalate" {
    notify {
      to   = requester
      text = "You are no longer in the group “${request.target.label}”."
    }
  }
}
