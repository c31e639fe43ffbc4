# What a strategy over HTTP does not say, or says wrong.

bundle "http" { language = 1 }

secret "key" {}

integration "http" "access" {
  base_url = "https://access.example/v1"
  headers  = { "X-Key" = secret.key }
}

integration "aws" "main" { region = "us-east-1" }

target "http" "reports" {}

target "http" "ledger" {}

target "aws_lambda_function" "x" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:x:live"
}

# No way back.
strategy "http" "stays" {
  integration = integration.http.access
  targets     = [target.http.reports]
  on_preexisting = "keep"

  escalate {
    success = true
  }
}

strategy "http" "wrong" {
  integration = integration.http.access
  targets     = [target.http.ledger]
  payload     = {}

  escalate {
    body = object({ id = string })

    call {
      method = "POST"
      path   = "/people/${response.body.id}"
      body   = { key = secret.key, call = steps.call.output.body.id }
    }

    success = response.body.name == "x"

    poll {
      every   = "5m"
      timeout = "3m"
      output  = object({ state = string })
      call {
        method = "POST"
        path   = "jobs"
        body   = steps.call.answer
      }
      until  = steps.call.output.status == 200
      failed = response.body.state
    }
  }

  deescalate {
    call {
      path = "/people"
    }
    success = "yes"
    poll {
      until = true
    }
  }
}

strategy "aws_lambda" "other" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.x]

  escalate {
    call {
      method = "GET"
      path   = "/"
    }
    success = response.status == 200
  }
}

flow "reports" {
  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.http.wrong
    target       = target.http.ledger
    duration     = "1h"
    max_duration = "1h"
  }
}

flow "other" {
  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.aws_lambda.other
    target       = target.aws_lambda_function.x
    duration     = "1h"
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      to   = requester
      text = "${response.status} ${steps.call.output.status}"
    }
  }
}

flow "stays" {
  permissions { request = members }

  approval "owner" {
    approvers = [user("ana@acme.example"), user("bo@acme.example")]
  }

  grant {
    strategy     = strategy.http.stays
    target       = target.http.reports
    duration     = "1h"
    max_duration = "1h"
  }
}
