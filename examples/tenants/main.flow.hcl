# One flow for each tenant. Each has its account, its role, its owners and its own flow; nothing of
# one can be asked for through another.

bundle "tenants" { language = 1 }

variable "tenants" {
  description = "By name: where a tenant lives, and who owns it."

  type = map(object({
    account_id         = string
    role_arn           = string
    instance_arn       = string
    permission_set_arn = string
    owners             = list(string)
  }))

  validation {
    condition     = all([for t in values(var.tenants) : length(t.owners) >= 2])
    error_message = "Each tenant needs two owners: nobody decides about their own request."
  }
}

integration "aws" "tenant" {
  for_each = var.tenants
  region   = "eu-central-1"
  role_arn = each.value.role_arn
}

group "owners" {
  for_each = var.tenants
  members  = [for owner in each.value.owners : user(owner)]
}

target "aws_sso_permission_set" "operator" {
  for_each           = var.tenants
  label              = "Operator of ${each.key}"
  permission_set_arn = each.value.permission_set_arn
  account_id         = each.value.account_id
}

strategy "aws_sso" "tenant" {
  for_each     = var.tenants
  integration  = integration.aws.tenant[each.key]
  instance_arn = each.value.instance_arn
  targets      = [target.aws_sso_permission_set.operator[each.key]]
}

flow "operate" {
  for_each    = var.tenants
  label       = "Operate ${each.key}"
  description = "The account of one tenant, for two hours at most."

  prompt {
    field "reason" {
      type       = string
      min_length = 10
    }

    field "duration" {
      type    = duration
      allowed = ["30m", "1h", "2h"]
    }
  }

  permissions { request = members }

  approval "owner" {
    approvers = group.owners[each.key]
    timeout   = "2h"
  }

  grant {
    strategy     = strategy.aws_sso.tenant[each.key]
    target       = target.aws_sso_permission_set.operator[each.key]
    duration     = request.fields.duration
    max_duration = "2h"
  }
}
