# A lead approves, IAM Identity Center assigns a permission set in an account, and removes the
# assignment when the time is up.

bundle "accounts" {
  language = 1
}

variable "region" {
  type        = string
  description = "The region of IAM Identity Center."
}

variable "instance_arn" {
  type        = string
  description = "The instance of IAM Identity Center: arn:aws:sso:::instance/…"
}

variable "permission_set_arn" {
  type        = string
  description = "What is assigned: arn:aws:sso:::permissionSet/…"
}

variable "accounts" {
  type        = map(string)
  description = "What may be asked for: a name that people see, and the id of the account."

  validation {
    condition     = all([for id in values(var.accounts) : matches(id, "[0-9]{12}")])
    error_message = "The id of an account has twelve digits."
  }
}

variable "leads" {
  type        = list(string)
  description = "E-mail addresses of the people who decide."

  validation {
    condition     = length(var.leads) >= 2
    error_message = "Name at least two people: nobody decides about their own request."
  }
}

integration "aws" "main" {
  region = var.region
}

group "leads" {
  members = [for email in var.leads : user(email)]
}

target "aws_sso_permission_set" "account" {
  for_each           = var.accounts
  label              = each.key
  permission_set_arn = var.permission_set_arn
  account_id         = each.value
}

strategy "aws_sso" "accounts" {
  integration  = integration.aws.main
  instance_arn = var.instance_arn
  targets      = target.aws_sso_permission_set.account[*]

  # A session that has begun lives on until it ends by itself; approvers are told.
  residual = "1h"
}

flow "account" {
  label = "Access to an account"

  prompt {
    field "target" {
      label   = "Account"
      type    = target
      allowed = strategy.aws_sso.accounts.targets
    }

    field "reason" {
      label      = "Why do you need it?"
      type       = string
      min_length = 10
    }

    field "duration" {
      label   = "For how long?"
      type    = duration
      allowed = ["30m", "1h", "4h"]
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
    strategy     = strategy.aws_sso.accounts
    duration     = request.fields.duration
    max_duration = "4h"
  }

  hook "after_deescalate" {
    notify {
      to   = requester
      text = "Your access to ${request.target.label} has ended."
    }
  }
}
