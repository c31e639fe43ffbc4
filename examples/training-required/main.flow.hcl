# Customer data only for those whose training is done. The training service is asked over HTTP; its
# answer refuses, or lets the manager decide.

bundle "training" { language = 1 }

variable "campaign" {
  type        = number
  description = "The id of the training campaign."
}

secret "training_token" { description = "A reporting token of the training service." }

secret "okta_token" { description = "A token that may change the members of groups." }

integration "http" "training" {
  base_url = "https://eu.api.knowbe4.com/v1"
  auth "bearer" { token = secret.training_token }
}

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta_token
}

environment "main" {
  integrations = [integration.http.training, integration.okta.main]
}

# Okta knows who is whose manager.
identities {
  from "okta" {
    integration = integration.okta.main
    manager     = "profile.managerEmail"
  }
}

group "privacy" {
  members = [user("pia@acme.example"), user("quin@acme.example")]
}

target "okta_group" "customer_data" {
  label    = "Customer data"
  group_id = "00gCustomerData"
}

strategy "okta_group" "customer_data" {
  integration = integration.okta.main
  targets     = [target.okta_group.customer_data]
}

flow "customer_data" {
  label = "Customer data"

  prompt {
    field "ticket" {
      type    = string
      pattern = "CS-[0-9]{1,7}"
    }

    field "duration" {
      type    = duration
      allowed = ["1h", "4h"]
    }
  }

  permissions { request = members }

  hook "on_request" {
    step "http" "enrolments" {
      integration = integration.http.training
      method      = "GET"
      path        = "/training/enrollments"
      query       = { campaign_id = var.campaign, user_email = requester.email }
      output      = list(object({ status = string, module_name = string }))

      paginate { mode = "page" }

      retry { attempts = 3 }
    }

    step "value" "open" {
      value = [for e in steps.enrolments.output : e.module_name if e.status != "Passed"]
    }

    decision "deny" {
      when   = length(steps.enrolments.output) == 0
      reason = "You are not enrolled in the privacy training: ask people operations."
    }

    decision "deny" {
      when   = length(steps.open.output) > 0
      reason = "Finish the privacy training first: ${join(", ", steps.open.output)}."
    }
  }

  approval "manager" {
    approvers          = requester.manager
    fallback_approvers = group.privacy
    on_timeout         = "fallback"
    timeout            = "4h"
  }

  grant {
    strategy     = strategy.okta_group.customer_data
    target       = target.okta_group.customer_data
    duration     = request.fields.duration
    max_duration = "4h"
  }
}
