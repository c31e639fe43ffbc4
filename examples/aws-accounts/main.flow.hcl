# A role in several AWS accounts at once. The list of accounts is asked for when the form is shown,
# one approval covers them all, and IAM Identity Center forgets every assignment when the time is up.

bundle "aws-accounts" { language = 1 }

variable "instance_arn" {
  type        = string
  description = "The instance of IAM Identity Center."
}

variable "permission_sets" {
  type        = object({ read = string, operate = string })
  description = "The ARNs of the permission sets that may be asked for."
}

variable "accounts_function" {
  type        = string
  description = "A Lambda function that lists the accounts of the organization."

  validation {
    condition     = is_lambda_arn(var.accounts_function)
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

variable "owners_group" {
  type        = string
  description = "The id of the group in IAM Identity Center whose members decide."
}

integration "aws" "main" { region = "eu-central-1" }

group "owners" {
  from_aws_sso = var.owners_group
  minimum      = 3
}

# Each makes one assignment for every account that was chosen: all of them, or none.
target "aws_sso_permission_set" "read" {
  label              = "Read only"
  each_of            = request.fields.accounts
  permission_set_arn = var.permission_sets.read
  account_id         = item
}

target "aws_sso_permission_set" "operate" {
  label              = "Operate"
  each_of            = request.fields.accounts
  permission_set_arn = var.permission_sets.operate
  account_id         = item
}

strategy "aws_sso" "accounts" {
  integration  = integration.aws.main
  instance_arn = var.instance_arn
  targets      = [target.aws_sso_permission_set.read, target.aws_sso_permission_set.operate]

  # Whoever has the assignment already for another reason is not given it twice.
  on_preexisting = "deny"

  # A session that has begun lives on until it ends by itself: the approver reads that.
  residual = "1h"
}

flow "accounts" {
  label       = "AWS accounts"
  description = "A role in one or more accounts, for a working day at most."

  prompt {
    field "target" {
      label   = "Role"
      type    = target
      allowed = strategy.aws_sso.accounts.targets
    }

    # Asked again when the request arrives: an account that is not in the answer is refused.
    field "accounts" {
      type      = list(string)
      max_items = 5

      options {
        step "aws_lambda" "list" {
          function = var.accounts_function
          reads    = true
          timeout  = "3s"
          payload  = { op = "list_accounts", email = requester.email }
          output   = list(object({ id = string, name = string }))
        }

        values = [for a in steps.list.output : { value = a.id, label = "${a.name} (${a.id})" }]
        cache  = "10m"
      }
    }

    field "reason" {
      type       = string
      min_length = 10
    }

    field "duration" {
      type    = duration
      allowed = ["30m", "1h", "4h", "8h"]
    }
  }

  permissions { request = members }

  approval "owner" {
    approvers = group.owners
    quorum    = length(request.fields.accounts) > 1 ? 2 : 1
    timeout   = "4h"
  }

  grant {
    strategy     = strategy.aws_sso.accounts
    duration     = request.fields.duration
    max_duration = "8h"

    # More time is a new decision, twice at most.
    extend {
      max_times = 2
      max_total = "16h"
    }
  }
}
