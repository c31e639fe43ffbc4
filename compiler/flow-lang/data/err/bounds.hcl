# Values of the right type that nobody means.

bundle "t" {
  language         = 1
  name             = "Not A Name"
  required_runtime = "newest"
}

integration "aws" "main" { region = "frankfurt" }

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta
}

secret "okta" { description = "" }

environment "e" {
  integrations  = [integration.aws.main, integration.okta.main, integration.aws.main]
  error_channel = channel("#errors")
}

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

group "beside" {
  members     = [user("ana@acme.example")]
  minimum     = 2
  integration = integration.okta.main
}

group "nobody" {
  from_okta = "00g"
  minimum   = 0
}

target "aws_lambda_function" "a" {
  label    = ""
  function = "arn:aws:lambda:us-east-1:123456789012:function:a:$LATEST"
  settings = { function = "other", arn = "x", kept = "y" }
}

target "aws_lambda_function" "b" {
  label    = "  "
  function = "arn:aws:lambda:--:123456789012:function:b:1"
}

target "aws_lambda_function" "c" { function = "arn:awsevil:lambda:us-east-1:123456789012:function:c:1" }

strategy "aws_lambda" "s" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.a, target.aws_lambda_function.b, target.aws_lambda_function.a]
  timeout     = "0s"
  residual    = "1.5s"

  escalate {
    retry {
      attempts  = 1000
      backoff   = "0s"
      max_delay = "0m"
      on        = ["throttled", "throttled"]
    }
  }

  deescalate {
    retry {
      budget = "0s"
    }
  }
}

message "m" {
  args = { n = number }
  text = "${args.n}"
}

flow "bounds" {
  label     = "A label that goes on and on, much longer than anything that a menu can show of it"
  retention = "0d"
  sources   = []

  prompt {
    field "service" {
      type    = string
      allowed = ["api", "web", "api", ""]
    }

    field "count" {
      type      = list(string)
      min_items = 0
      max_items = 9999
    }

    field "duration" {
      type    = duration
      allowed = ["0s", "30m", "99999999d"]
    }

    field "wait" {
      type = duration
      min  = "0s"
      max  = "99999999d"
    }
  }

  permissions { request = members }

  hook "on_request" {
    step "aws_lambda" "x" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:x:1"
      timeout  = "0s"
      output   = none
    }

    decision "deny" {
      when   = request.fields.service == "api"
      reason = ""
    }

    notify {
      to   = requester
      text = "${request.fields.service} ${request.fields.wait} ${length(request.fields.count)}"
      args = { n = 1 }
    }

    notify {
      to      = requester
      message = message.m
      args    = ["n"]
    }
  }

  approval "one" {
    approvers    = group.leads
    quorum       = request.fields.service == "api" ? 1.5 : 2
    denials      = 1000
    remind_every = "0s"
    timeout      = "99999999999999999999d"
  }

  approval "two" {
    remind_every = "1000d"
    approvers = group.beside
    quorum    = 2
    after     = [approval.one, approval.one]
    denials   = 0
    timeout   = "0s"

    route "r" {
      to      = approvers
      timeout = "0s"
      next_on = []
    }
  }

  grant {
    strategy     = strategy.aws_lambda.s
    targets      = []
    duration     = request.fields.duration
    max_duration = "99999999d"
  }
}

flow "twice" {
  permissions { request = members }

  approval "one" {
    approvers = group.leads
    quorum    = 1000
    denials   = 3
  }

  grant {
    strategy     = strategy.aws_lambda.s
    targets      = [target.aws_lambda_function.a, target.aws_lambda_function.a]
    duration     = "0s"
    max_duration = "0s"
  }
}

variable "said" {
  type    = string
  default = "x"

  validation {
    condition     = var.said != "x"
    error_message = " "
  }
}
