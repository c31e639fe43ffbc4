bundle "child" { language = 1 }

variable "quorum" {
  type = number

  validation {
    condition     = var.quorum > 0
    error_message = "Somebody must decide."
  }
}

variable "people" {
  type = ref(group)
}

variable "wrong" {
  type    = ref(gruop)
  default = 1
}

check "members" {
  assert {
    condition     = var.quorum < 1
    error_message = "One is too many."
  }
}

flow "access" {
  permissions { request = members }
  approval "a" {
    approvers = var.people
    quorum    = var.quorum
    timeout   = "99d"
  }
  hook "on_nothing" {}
}

output "quorum" {
  value = var.quorum
}

variable "lists" {
  type    = list(ref(integration.aws))
  default = []
}

variable "groups" {
  type    = list(ref(group))
  default = []
}

environment "own" {
  integrations = var.lists
}
