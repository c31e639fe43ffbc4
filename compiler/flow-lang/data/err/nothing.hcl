# What comes to nothing: each was taken once without a word, and left out of the bundle.

bundle "nothing" { language = 1 }

secret "token" { description = "A token." }

secret "other" { description = "Another one." }

locals {
  mixed   = { ("a") = 1, ("b") = "x" }
  itself  = { ("a") = secret.token }
}

integration "http" "desk" {
  base_url = "https://desk.example"

  auth "bearer" { token = true ? secret.token : secret.other }
}

integration "http" "shop" {
  base_url = "https://shop.example"

  auth "basic" {
    username = [for x in [] : x]
    password = "x${secret.token}"
  }
}

integration "slack" "main" {
  bot_token = "${secret.token}-${secret.other}"
  workspace = "T123ABCDE"
}

integration "aws" "main" { region = first([]) }

group "leads" { members = [user("ana@acme.example"), user("bo@acme.example")] }

flow "order" {
  prompt {
    field "reason" { type = string }
  }

  permissions { request = members }

  hook "on_request" {
    step "http" "items" {
      integration = integration.http.desk
      method      = "GET"
      path        = "/items"
      output      = list(string)

      paginate {
        mode       = "page"
        first_page = 1000001
        page_size  = 1000001
        max_pages  = 101
      }
    }

    step "http" "more" {
      integration = integration.http.shop
      method      = "GET"
      path        = "/more"
      output      = list(string)

      paginate {
        mode      = "page"
        page_size = 0
      }

      retry {
        backoff   = "2d"
        max_delay = "3d"
      }
    }

    decision "deny" {
      when   = length(steps.items.output) > length(steps.more.output)
      reason = request.fields.reason
    }
  }

  approval "first" { approvers = group.leads }

  grant {
    strategy     = [for x in [] : x]
    target       = first([])
    duration     = "1h"
    max_duration = "1h"
  }
}
