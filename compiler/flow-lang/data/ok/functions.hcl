bundle "functions" {
  language = 1
}

variable "teams" {
  type = map(list(string))
  default = {
    web = ["ana@acme.example", "bo@acme.example"]
    api = ["cy@acme.example"]
  }
}

locals {
  # Which teams somebody is in.
  by_person = { for pair in flatten([for team, people in var.teams : [for p in people : { who = p, team = team }]]) : pair.who => pair.team... }
  longest   = fn::shorter("2h", "30m")
  all       = concat(values(var.teams)...)
  everybody = merge([for team, people in var.teams : { (team) = length(people) }]...)
}

check "grouping" {
  assert {
    condition     = length(local.by_person["ana@acme.example"]) == 1 && length(local.all) == 3
    error_message = "Everybody is in one team."
  }
}

# Ninety minutes, the shorter of two, or a greeting: what is said once.
function "shorter" {
  params  = { a = duration, b = duration }
  returns = duration
  result  = a < b ? a : b
}

function "greeting" {
  params  = { who = user, note = string }
  returns = string
  result  = "Hello ${who.name}: ${fn::short(note)}"
}

function "short" {
  params  = { text = string }
  returns = string
  result  = truncate(trim(text), 40)
}

function "shown" {
  params  = { text = string, also = string }
  returns = string
  result  = "${text} (${also})"
}

function "is_urgent" {
  params  = { urgency = string, minutes = number }
  returns = bool
  result  = urgency == "high" && minutes < 60
}

flow "ask" {
  prompt {
    field "urgency" {
      type    = string
      allowed = ["high", "low"]
    }

    field "note" { type = string }
    field "minutes" {
      type = number
      min  = 1
      max  = 600
    }
  }

  permissions {
    request = union([for team in ["web", "api"] : group_of([for p in var.teams[team] : user(p)])]...)
  }

  approval "lead" {
    when      = !fn::is_urgent(request.fields.urgency, request.fields.minutes)
    approvers = members

    notify {
      to   = channel("#requests")
      text = "${fn::greeting(requester, request.fields.note)} (${local.longest}, ${local.everybody["web"]})"
    }
  }

  approval "anybody" {
    approvers = [for note in [user("ana@acme.example"), user("bo@acme.example")] : note if fn::is_urgent("high", 5)]

    notify {
      to   = approvers
      text = join(", ", [for text in ["a", "b"] : fn::shown(fn::short(text), text)])
    }
  }
}
