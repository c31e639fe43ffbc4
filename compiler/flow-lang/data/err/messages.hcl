# Wrong values of every kind, for the words of the messages.

bundle "t" { language = 1 }

integration "aws" "main" { region = null }

environment "e" {
  integrations  = [integration.aws.main]
  error_channel = ["#ops"]
}

group "leads" { members = "ana@acme.example" }
group "Two Words" { members = [user("ana@acme.example")] }

locals {
  a = join(",")
  b = upper("a", "b")
  c = matches("x", "a(b")
  d = regex("x", "[z-a]")
  da = matches("x", "\\w{1,64}")
  e = [for x in "abc" : x]
  f = "abc"[0]
  g = [1] < [2]
}

flow "f" {
  enabled   = null
  retention = null
  label     = null
  sources   = null

  prompt {
    field "name" {
      type       = string
      min_length = 9
      max_length = 3
      pattern    = "[A-Z]{3}x**"
    }

    field "size" {
      type    = number
      integer = true
      min     = 2
      max     = 9
      default = 1.5
    }

    field "low" {
      type    = number
      min     = 2
      default = 1
    }

    field "hours" {
      type    = duration
      allowed = ["1h", "2h"]
      default = "3h"
    }

    field "code" {
      type    = string
      pattern = "[A-Z]+"
      default = "abc"
    }

    field "none" {
      type    = string
      default = null
    }

    field "list" {
      type      = list(string)
      max_items = 1
      default   = ["a", "b"]
    }

    field "words" {
      type    = string
      allowed = ["a", "b"]
      default = 5
    }
  }

  permissions { request = "members" }

  approval "one" {
    approvers  = ["ana@acme.example"]
    quorum     = "2"
    allow_self = "true"
    when       = request.fields.name
    timeout    = 30
    refusal    = members

    notify {
      to   = "#ops"
      text = ["a"]
    }
  }
}
