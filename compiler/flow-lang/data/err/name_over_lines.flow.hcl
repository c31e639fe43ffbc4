# A name that goes on in the next line is told, and looked for, without the line break.
bundle "names" {
  language = 1
}

integration "aws" "main" {
  region = "eu-west-1"
}

environment "main" {
  integrations = [integration.awss
      .main]
  error_channel = user("ops@acme.example")
}
