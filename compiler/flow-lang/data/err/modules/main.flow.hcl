bundle "bad" {
  language = 1
}

output "nobody" {
  value = 1
}

module "gone" { source = "./gone" }
module "outside" { source = "../outside" }
module "web" { source = "https://modules.example/okta" }
module "vendored" { source = "acme/okta" }
module "unlocked" {
  source  = "acme/okta"
  version = "1.0.0"
}
module "loop" { source = "./loop" }
module "computed" { source = local.where }
locals { where = "./child" }

module "child" {
  source   = "./child"
  for_each = { one = 1, two = 0 }
  quorum   = each.value
  people   = group.lost
  quorm    = 1
  lists    = [group.one]
}

module "again" {
  source = "./child"
  quorum = "two"
  people = secret.token
  lists  = "none"
}

secret "token" {}

group "one" {
  for_each = ["a"]
  members  = [user("ana@acme.example")]
}

group "key" {
  for_each = toset(["a b"])
  members  = [user("ana@acme.example")]
}

group "many" {
  for_each = toset(["a", "b"])
  members  = [user("${each.key}@acme.example"), user(each.valu)]
}

group "circle" {
  for_each = { (local.around) = 1 }
  members  = [user("ana@acme.example")]
}
locals {
  around = module.child["one"].nothing
  more   = module.child.quorum
  none   = module.child["three"].quorum
  first  = local.second
  second = "${local.third}"
  third  = local.first
}

flow "access" {
  permissions { request = each.key == "x" ? members : nobody }
  approval "a" {
    approvers = union(group.many, group.many["c"], group.many["a"])
    quorum    = module.child["two"].quorum
  }
}

moved {
  from = flow.gone
  to   = flow.nothing
}

moved {
  from = flow.access
  to   = target.aws_lambda_function.x
}

moved {
  from = group.one
  to   = group.many["a"]
}

moved {
  from = group.x
  to   = group.many["a"]
}

moved {
  from = secret.token
  to   = integration.slack
}

moved {
  from = group.p
  to   = group.q
}

moved {
  from = group.q
  to   = group.p
}
