# Lists without anything in them are lists, and a text that is made of one is an empty text.

bundle "nothing" { language = 1 }

locals {
  extra   = []
  people  = concat(local.extra, [for name in local.extra : user(name)], flatten([[], []]))
  by_name = { for name in local.extra : name => upper(name) }
  names   = [][*].name
  listed  = join(", ", [for key, name in local.by_name : "${key} ${name}"])
  maybe   = coalesce(null, first(local.extra), "nobody")
  known   = [null, "a"]
  unknown = [null]
  sorted  = distinct(sort(values(local.by_name)))
}

group "leads" { members = concat(local.people, [user("ana@acme.example"), user("bo@acme.example")]) }

flow "order" {
  prompt {
    header = "Extra: ${local.listed}%{for name in local.extra}, ${name}%{endfor}."

    field "reason" { type = string }
  }

  permissions { request = members }

  approval "first" {
    approvers = group.leads

    notify {
      to   = approvers
      text = join(", ", [for name in {} : "${name} ${request.fields.reason}"])
    }
  }

  hook "after_request" {
    notify {
      to   = requester
      text = "${local.maybe} ${jsonencode([local.known, local.unknown, local.names, local.sorted])}"
    }
  }
}
