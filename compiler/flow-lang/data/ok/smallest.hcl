bundle "deploys" {
  language = 1
}

flow "friday_deploy" {
  prompt {
    field "reason" { type = string }
  }
  permissions { request = members }
  approval "lead" {
    approvers = [user("Ana@acme.example"), user("bo@acme.example")]
  }
}
