# Somebody else's module: people by their addresses.

variable "people" {
  type = list(string)
}

group "people" {
  members = [for email in var.people : user(email)]
}

output "group" {
  value = group.people
}
