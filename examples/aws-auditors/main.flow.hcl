# An auditor reads the books of a legacy account for as long as the audit takes: the access has no
# clock, a person ends it.

bundle "auditors" { language = 1 }

integration "aws" "books" { region = "eu-west-1" }

group "finance" {
  members = [user("fay@acme.example"), user("gus@acme.example"), user("hal@acme.example")]
}

target "aws_iam_group" "auditors" {
  label = "Auditors of the books account"
  group = "auditors"
}

strategy "aws_iam" "books" {
  integration = integration.aws.books
  targets     = [target.aws_iam_group.auditors]
}

flow "audit" {
  label = "Read the books"

  prompt {
    field "firm" { type = string }

    field "audit_ends" {
      label = "When does the audit end?"
      type  = timestamp
    }
  }

  permissions {
    request = members
    view    = group.finance

    # Beside the auditor, and the people who approved.
    revoke = union(group.finance, admins)
  }

  approval "finance" {
    approvers    = group.finance
    quorum       = 2
    remind_every = "8h"
  }

  grant {
    strategy        = strategy.aws_iam.books
    target          = target.aws_iam_group.auditors
    ends            = "on_revoke"
    standing_reason = "An audit has no date on which it surely ends; finance ends the access with it."
  }

  hook "after_escalate" {
    notify {
      when = steps.escalate.ok
      to   = group.finance
      text = "${requester.name} of ${request.fields.firm} reads the books. Revoke it after ${format_time(request.fields.audit_ends, "UTC")}."
    }
  }

  hook "after_deescalate" {
    notify {
      to   = group.finance
      text = "The access of ${requester.name} to the books has ended (${event.cause})."
    }
  }
}
