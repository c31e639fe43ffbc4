# A form that changes while it is filled in: what is asked, what may be chosen and what stands there
# at first follow from the answers above. One of each type of field.

bundle "cloud-form" { language = 1 }

locals {
  regions = {
    eu = ["eu-central-1", "eu-west-1"]
    us = ["us-east-1", "us-west-2"]
  }

  limits = { sandbox = 100, staging = 1000, production = 20000 }
}

group "cloud" {
  members = [user("cam@acme.example"), user("coy@acme.example"), user("cleo@acme.example")]
}

flow "project" {
  label       = "A new cloud project"
  description = "The decision is recorded; the cloud team creates the project."

  prompt {
    header = "Hello ${requester.name}. A sandbox is there in an hour; production takes two days."

    field "name" {
      help       = "It becomes part of addresses."
      type       = string
      pattern    = "[a-z][a-z0-9-]*"
      min_length = 3
      max_length = 20
    }

    field "stage" {
      type    = string
      allowed = ["sandbox", "staging", "production"]
      default = "sandbox"
    }

    field "continent" {
      type    = string
      allowed = ["eu", "us"]
      default = "eu"
    }

    # What may be chosen follows from what was chosen.
    field "regions" {
      label     = "Regions (${request.fields.continent})"
      type      = list(string)
      allowed   = lookup(local.regions, request.fields.continent, [])
      min_items = 1
      max_items = 2
    }

    # What stands there at first follows too, until a person writes something else.
    field "budget" {
      label   = "US dollars a month"
      type    = number
      integer = true
      min     = 10
      max     = 20000
      default = lookup(local.limits, request.fields.stage, 10)
    }

    field "personal_data" {
      label   = "Will it hold personal data?"
      type    = bool
      default = false
    }

    # Asked only where it matters, and only then required.
    field "classification" {
      type    = string
      allowed = ["internal", "confidential", "secret"]
      visible = request.fields.personal_data
    }

    field "owner" { type = user }

    field "deputies" {
      type      = list(user)
      required  = request.fields.stage == "production"
      max_items = 5
    }

    field "ports" {
      label    = "Ports that the world may reach"
      type     = list(number)
      allowed  = [80, 443, 8443]
      required = false
    }

    field "delete_after" {
      label   = "Delete it after"
      type    = duration
      min     = "1d"
      max     = "30d"
      visible = request.fields.stage == "sandbox"
    }

    field "needed_by" {
      type     = timestamp
      required = false
    }

    field "reason" {
      type       = string
      min_length = 10
      visible    = request.fields.stage != "sandbox"
    }
  }

  permissions { request = members }

  approval "cloud" {
    approvers = group.cloud
    quorum    = request.fields.stage == "production" ? 2 : 1
    timeout   = "2d"
  }

  # The owner agrees to be it; where that is the requester, nobody else need be asked.
  approval "owner" {
    when      = request.fields.owner != requester && request.fields.stage == "production"
    approvers = request.fields.owner
    timeout   = "2d"

    notify {
      to   = approvers
      text = "${requester.name} names you owner of ${request.fields.name} (${request.fields.budget} dollars a month)."
    }
  }

  hook "after_approve" {
    notify {
      to   = requester
      text = "“${request.fields.name}” is agreed: ${request.fields.stage} in ${join(", ", request.fields.regions)}, ${coalesce(request.fields.classification, "no personal data")}."
    }
  }
}
