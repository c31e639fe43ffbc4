module "self" { source = "../loop" }
