bundle "friday" { language = 1 }

flow "deploy" {
  label = "Deploy on a Friday"
  prompt {
    field "reason" { type = string }
  }
  permissions { request = members }
  approval "lead" { approvers = user("ben@acme.example") }
}
