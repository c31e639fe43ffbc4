bundle "t" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

bundle "second" { language = 2 }

resource "aws_lambda" "x" {}
step "value" "x" { value = 1 }
stray = 1

module "m" { source = "./m" }
moved {
  from = flow.a
  to   = flow.b
}

group "leads" { members = [user("ana@acme.example")] }
group "Bad-Name" { members = [user("ana@acme.example")] }
group "none" {}
group "empty" { members = [] }
group "both" {
  members   = [user("ana@acme.example"), user("Ana@acme.example")]
  from_okta = "00g"
}
group "okta" { from_okta = "00g" }
group "two" "labels" { members = [] }

integration "slak" "x" { workspace = "T" }
integration "http" "x" { base_url = "https://x.example" }
integration "okta" "main" {
  domain    = "acme.okta.example"
  client_id = "x"
}
integration "slack" "main" {
  workspace = "T123ABCDE"
  bot_token = "xoxb-123456789012-123456789012-abcdef"
}

target "aws_lambda_function" "a" { function = "arn:aws:lambda:us-east-1:12345:function:a" }
target "aws_lambda_function" "b" { function = "arn:aws:lambda:eu-west-1:123456789012:function:b:1" }
target "okta_group" "o" { group_id = "00g" }

strategy "aws_lambda" "s" {
  integration    = integration.okta.main
  targets        = [target.okta_group.o]
  on_preexisting = "deny"
  timeout        = "20m"
  escalate {
    body = string
    retry {
      attempts = 0
      on       = ["timeout"]
      budget   = "1h"
    }
  }
  deescalate {
    retry {
      attempts = 3
      budget   = "10m"
    }
  }
}

strategy "aws_lambda" "r" {
  integration = integration.aws.main
  targets     = [target.aws_lambda_function.b]
}

strategy "okta_group" "empty" {
  integration = integration.okta.main
  targets     = []
  payload     = { a = 1 }
}

flow "blocks" {
  lable  = "x"
  prompt = {}
  permissions { request = members }
  permissions { request = members }
  reach { x = 1 }
  hook "on_request" {
    for_each = ["a"]
    step "http" "x" { method = "GET" }
    step "aws_lambda" "escalate" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
      output   = "string"
    }
    notify {
      to   = "#ops"
      text = "x"
      when { x = 1 }
    }
    notify {
      to      = requester
      text    = "x"
      message = message.none
    }
    notify { to = members }
  }
  approval "lead" {
    timeout = "40d"
    rule "a" { approvers = group.leads }
    rule "b" {
      approvers = group.leads
      quorum    = 0
    }
    quorum = 1
  }
  grant {
    strategy     = strategy.aws_lambda.r
    target       = target.aws_lambda_function.a
    ends         = "on_revoke"
    revocable    = false
    max_duration = "1h"
    extend { max_times = 1 }
  }
}
