bundle "t" { language = 1 }

secret "key" {}

integration "aws" "main" { region = "us-east-1" }

integration "okta" "staff" {
  domain    = "https://acme.okta.com"
  api_token = secret.key
}

integration "pagerduty" "ops" {
  api_token = "u+abc"
  region    = "EU"
}

integration "http" "one" {
  base_url           = "https://user:pass@one.example"
  headers            = { Authorization = "Bearer abc", Host = "x", "bad name" = "y", ok = requester.name }
  max_response_bytes = 0
}

integration "http" "two" {
  base_url = "https://two.example/?x=1"
  auth "bearer" { token = "abc" }
}

integration "http" "three" {
  base_url = "https://vault"
  auth "oauth2_client_credentials" {
    token_url     = "http://127.0.0.1/token"
    client_id     = secret.key
    client_secret = secret.key
    style         = "header"
  }
}

integration "http" "four" {
  base_url               = "http://169.254.169.254"
  insecure               = true
  allow_private_networks = true
  auth "aws_sigv4" {
    integration = integration.okta.staff
    service     = "execute-api"
  }
  auth "digest" {}
}

integration "http" "five" { base_url = "https://five.example" }

environment "main" {
  integrations = [integration.http.three, integration.http.five, integration.okta.staff, integration.pagerduty.ops]
}

group "leads" { members = [user("ana@acme.example"), user("bo@acme.example")] }

flow "calls" {
  prompt {
    field "id" { type = string }
    field "kind" {
      type    = string
      allowed = ["a", "b"]
    }
  }

  permissions { request = is_member(requester, group.leads) ? members : nobody }

  hook "on_request" {
    step "http" "which" {
      method = "GET"
      path   = "/x"
    }
    step "http" "foreign" {
      integration = integration.http.one
      method      = "get"
      path        = "x"
      output      = none
    }
    step "http" "host" {
      integration = integration.http.five
      method      = "POST"
      path        = "${request.fields.id}/x"
      output      = none
    }
    step "http" "other_host" {
      integration = integration.http.five
      method      = "POST"
      path        = "//evil.example/x"
      output      = none
    }
    step "http" "segments" {
      integration = integration.http.five
      method      = "POST"
      path        = "/a//b/${request.fields.kind}/./${request.fields.id}"
      output      = none
    }
    step "http" "query_in_path" {
      integration = integration.http.five
      method      = "POST"
      path        = "/a?b=${secret.key}"
      query       = { key = secret.key, list = [request.fields.id], bad = { a = 1 } }
      headers     = { X = [1], "Content-Length" = "5", Cookie = "a=b" }
      body        = { key = "${secret.key}" }
      output      = none
      auth "basic" {
        username = "flow"
        password = "hunter2"
      }
    }
    step "http" "answer" {
      integration      = integration.http.five
      method           = "POST"
      path             = "/a"
      expect           = [200, 700, 20.5]
      response_headers = ["Set-Cookie", "x y"]
      output           = object({ token = sensitive(string), id = sensitive(number) })
      retry { on = ["network"] }
      paginate {
        mode      = "cursor"
        max_pages = 500
      }
    }
    step "http" "pages" {
      integration = integration.http.five
      method      = "GET"
      path        = "/a"
      output      = object({ a = string })
      idempotent  = true
      paginate {
        mode       = "link"
        page_param = "p"
        next       = "n"
      }
    }
    step "http" "token" {
      integration = integration.http.five
      method      = "GET"
      path        = "/token"
      output      = object({ token = sensitive(string), id = string })
    }
    step "value" "kept" { value = steps.token.output.token }
    notify {
      to   = channel("#ops")
      text = "Your token is ${steps.token.output.token}"
    }
    notify {
      to     = requester
      thread = true
      text   = "Your token is ${steps.token.output.token}"
    }
    notify {
      to   = requester
      text = "Your token is ${steps.token.output.token}"
    }
    decision "deny" {
      when   = steps.which.output.id == "x"
      reason = "No."
    }
  }

  hook "on_deny" {
    step "http" "changes" {
      integration = integration.http.five
      method      = "PUT"
      path        = "/x"
      on_error    = "deny"
      output      = none
    }
    step "identity_save" "keep" {
      provider = "okta"
      user     = requester
      id       = "x"
    }
  }

  hook "after_request" {
    step "pagerduty_on_call" "both" {
      user              = "ana"
      schedule          = request.fields.id
      escalation_policy = "P"
    }
    step "pagerduty_users_on_call" "none" { output = list(string) }
    step "pagerduty_incidents" "open" {
      services = [request.fields.id]
      since    = "yesterday"
    }
    step "okta_user" "who" {
      user       = requester.manager
      idempotent = true
    }
    step "slack_user" "chat" { user = requester }
    step "slack_members" "all" {
      integration = integration.okta.staff
      channel     = "#ops"
    }
    step "is_member" "m" {
      integration = integration.okta.staff
      user        = requester
      group       = members
    }
    step "identity" "id" {
      provider = "okte"
      user     = requester
    }
    step "run_history" "n" {
      user  = requester
      event = "approved"
      since = 7
    }
    step "okta_usr" "typo" { user = requester }
    notify {
      to   = requester
      when = steps.who.output.profile.department == "it"
      text = "${any([for u in steps.none.output : is_member(u, group.leads)])}"
    }
  }

  approval "lead" {
    approvers = group.leads
    quorum    = is_member("ana", group.leads) ? 1 : 2
  }
}

flow "keys" {
  environment = environment.main

  prompt {
    field "reason" { type = string }
  }

  permissions { request = members }

  hook "after_request" {
    step "http" "note" {
      integration = integration.http.three
      method      = "POST"
      path        = "/notes"
      body        = { (request.fields.reason) = true }
      output      = none
    }
  }

  approval "lead" {
    approvers = group.leads
  }
}
