# Text that is not what it looks like.

bundle "t" { language = 1 }

integration "aws" "main" { region = "us-east-1" }

environment "e" {
  integrations  = [integration.aws.main]
  error_channel = channel("#оps")
  vars          = { "teаm" = "core", for = "x", "if" = "y" }
}

group "tier1" { members = [user("ana@acme.example"), user("anа@acme.example")] }
group "tierl" { members = [user("b​o@acme.example"), user("ana@асс.example")] }
group "аdmins" { members = [user("chi@acme.example")] }

locals {
  in        = "7d"
  word      = "ad‮min" # a comment with ⁦ in it
  escaped   = "admin\u202etxt"
  literal   = "admin\\u202etxt"
  russian   = "Привет, API-ключ"
  emoji     = "👩‍💻 ⚠️ 1️⃣"
  persian   = "می‌خواهم"
  units     = "10μs, 5 kΩ, café"
  japanese  = "Tシャツ"
  walk      = [for if in ["a"] : if]
}

flow "f" {
  prompt {
    field "env0" {
      type    = string
      allowed = ["prod", "рrod", "test"]
    }

    field "envo" {
      type  = string
      label = "Reasоn"
    }
  }

  permissions { request = members }

  approval "one" { approvers = union(group.tier1, group.tierl) }
}
