bundle "functions" {
  language = 1
}

function "a" {
  params  = { x = number }
  returns = number
  result  = fn::b(x) + 1
}

function "b" {
  params  = { x = number }
  returns = number
  result  = fn::c(x)
}

function "c" {
  params  = { x = number }
  returns = number
  result  = fn::a(x)
}

function "self" {
  params  = { x = number }
  returns = number
  result  = fn::self(x)
}

function "sees" {
  params  = { x = optional(string) }
  returns = string
  result  = x
}

function "reads" {
  params  = {}
  returns = string
  result  = requester.name
}

function "wrong" {
  params  = [string]
  returns = string
  result  = 5
}

function "text" {
  params  = { s = string }
  returns = string
  result  = 5
}

function "loud" {
  params  = { s = string }
  returns = string
  result  = raw(s)
}

function "_unused" {
  params  = { s = string }
  returns = string
  result  = s
}

flow "ask" {
  prompt {
    field "note" { type = string }
    field "people" { type = list(user) }
  }

  permissions { request = members }

  approval "lead" {
    approvers = union(request.fields.people...)
    quorum    = fn::a("x")

    notify {
      to   = channel("#requests")
      text = "${fn::lod("x")} ${my::loud("x")} ${fn::loud("a", "b")} ${fn::loud(["a"]...)} ${fn::loud(5)} ${fn::loud(request.fields.note)}"
    }

    notify {
      to   = channel("#requests")
      text = upper(["a", "b"]...)
    }

    notify {
      to   = channel("#requests")
      text = join("x"...)
    }
  }
}
