bundle "t" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

group "leads" {
  members = [user("ana@acme.example"), user("bo@acme.example")]
}

variable "n" {
  type    = number
  default = "three"
}

variable "given" { type = number }

variable "checked" {
  type    = string
  default = "x"
  validation {
    condition     = length(var.checked) > 3
    error_message = "At least four letters."
  }
}

variable "none" { type = string }

locals {
  a       = local.b
  b       = local.a
  c       = 1 / 0
  d       = [1, 2, 3][3]
  e       = true ? 1 : "a"
  f       = "x" == 1
  g       = 99999999999999999999999999999
  h       = matches("a", "[")
  i       = upper(1)
  j       = uper("x")
  k       = formatdate("x", "y")
  l       = join(",")
  m       = "${[1, 2]}"
  n       = string
  o       = undefined
  p       = a-b
  q       = timestamp("tomorrow")
  r       = duration("5 minutes")
  s       = { a = 1, b = [true] }.c
  t       = 1 && true
  u       = -"x"
  v       = "a" < "b"
  w       = user("ana")
  x       = channel("ops")
  y       = [for upper in [1] : upper + 1]
  ya      = [for part in { a = 1, b = "x" } : part]
  yb      = [[1, "x"][*], [for none in [] : none]]
  z       = 10000000000000000000000000000 + 1
  unknown = var.undeclared
}

environment "e" {
  error_channel = "ops"
  vars          = { a = 1 }
  integrations  = [integration.aws.other, group.leads]
}

flow "static" {
  environment = environment.f
  retention   = "1 day"
  sources     = ["slak"]
  permissions { request = "members" }
  approval "lead" {
    approvers = group.leads
    timeout   = request.fields.x
  }
}
