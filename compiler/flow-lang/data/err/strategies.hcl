bundle "targets" { language = 1 }

secret "okta" {}

integration "aws" "main" { region = "us-east-1" }

integration "okta" "main" {
  domain    = "acme.okta.example"
  api_token = secret.okta
}

integration "github" "main" {
  organization = "acme"
  token        = secret.okta
}

identities {
  key = "name"
  map = { "ana" = { okta = "00uAna" } }

  override "bo@acme.example" {
    oktta   = "00uBo"
    manager = "ana"
  }
  override "BO@acme.example" { okta = "00uBo" }

  from "okta" {
    integration = integration.okta.main
    lookup      = request.by.email
  }
  from "jira" { integration = integration.okta.main }
}

identities {}

target "okta_group" "free" { group_id = request.fields.free }
target "okta_group" "upper" { group_id = upper(request.fields.id) }
target "okta_group" "item" { group_id = item }
target "okta_group" "target" { group_id = request.target.name }
target "okta_group" "whole" { group_id = request.fields.missing }

target "okta_group" "each" {
  each_of  = request.fields.free
  group_id = item
}

target "okta_group" "every" {
  each_of  = request.fields.names
  group_id = item
}

target "okta_group" "none" {
  each_of  = request.fields.choices
  group_id = "00g"
}

strategy "okta_group" "groups" {
  integration = integration.okta.main
  idempotent  = true
  payload     = { a = 1 }

  targets = [
    target.okta_group.free,
    target.okta_group.upper,
    target.okta_group.item,
    target.okta_group.target,
    target.okta_group.whole,
    target.okta_group.each,
    target.okta_group.every,
    target.okta_group.none,
  ]

  identity {
    step "aws_lambda" "ask" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
      on_error = "continue"
      output   = object({ id = string })
    }

    value = steps.prepare.output.id
  }

  escalate {
    body = object({ a = string })

    step "aws_lambda" "prepare" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
      payload  = { id = steps.later.output.id }
      output   = object({ id = string })
    }

    step "aws_lambda" "later" {
      function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
      output   = object({ id = string })
    }
  }
}

target "aws_sso_permission_set" "set" {
  permission_set_arn = request.fields.id
  account_id         = "1234"
}

strategy "aws_sso" "sso" {
  integration  = integration.aws.main
  instance_arn = "arn:aws:sso:::instance/one"
  targets      = [target.aws_sso_permission_set.set]
}

target "github_repo" "repo" {
  repo       = "acme/billing"
  permission = "write"
}

target "github_team" "team" {
  team = "SRE"
  role = "owner"
}

strategy "github" "code" {
  integration    = integration.github.main
  targets        = [target.github_repo.repo, target.github_team.team]
  on_preexisting = "take"
}

target "aws_lambda_function" "db" {
  function = "arn:aws:lambda:us-east-1:123456789012:function:a:1"
  settings = { schema = request.fields.free, owner = requester.email }
}

strategy "aws_lambda" "db" {
  integration    = integration.aws.main
  targets        = [target.aws_lambda_function.db]
  on_preexisting = "deny"
  instance_arn   = "arn"
  payload        = { email = request.fields.free }
}

flow "groups" {
  prompt {
    field "free" { type = string }

    field "id" {
      type    = string
      pattern = "00g[A-Za-z0-9]+"
    }

    field "names" { type = list(string) }

    field "choices" {
      type    = list(string)
      allowed = ["a", "b"]
    }
  }

  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }

  grant {
    strategy     = strategy.okta_group.groups
    target       = request.fields.free == "x" ? target.okta_group.free : strategy.okta_group.groups.targets[0]
    duration     = "1h"
    max_duration = "1h"
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "${steps.escalate.outputs["fre"].preexisting} ${steps.escalate.outputs["every"].preexisting}"
    }
    notify {
      when = steps.escalate.ok
      to   = requester
      text = "${steps.escalate.outputs["free"].preexisting} ${length(steps.escalate.outputs)}"
    }
  }
}

flow "db" {
  prompt {
    field "free" { type = number }
  }

  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "1h"
  }
}

flow "db_too" {
  prompt {
    field "free" { type = duration }
  }

  permissions { request = members }
  approval "a" { approvers = [user("ana@acme.example")] }

  grant {
    strategy     = strategy.aws_lambda.db
    target       = target.aws_lambda_function.db
    duration     = "1h"
    max_duration = "1h"
  }
}

strategy "aws_lambda" "round" {
  integration = integration.aws.main
  targets     = [strategy.aws_lambda.turn.targets]
}

strategy "aws_lambda" "turn" {
  integration = integration.aws.main
  targets     = [strategy.aws_lambda.round.targets]
}
