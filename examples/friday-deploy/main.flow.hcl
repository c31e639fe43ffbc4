bundle "friday" { language = 1 }
environment "main" {
  integrations  = []
  error_channel = channel("#deploy-errors")
}
flow "deploy" {
  label       = "Deploy on a Friday"
  environment = environment.main
  prompt {
    field "reason" { type = string }
  }
  permissions { request = members }
  approval "lead" { approvers = user("ben@acme.example") }
}
