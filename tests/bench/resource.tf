# One resource with about the blocks, templates and expressions of one flow.
variable "button" {
  type        = string
  default     = "button"
  description = "ARN of the access Lambda, exactly as it is called."

  validation {
    condition     = length(var.button) > 2
    error_message = "Give one full Lambda ARN, without wildcards."
  }
}

locals {
  button_fields = {
    target   = { type = "target", allowed = ["button"] }
    reason   = { label = "Why do you need access?", type = "string" }
    duration = { type = "duration", allowed = ["8s", "30m", "1h"] }
  }
  button_risk = length(var.button) > 70 ? 2 : 1
}

resource "terraform_data" "button" {
  input = {
    label       = "Press the button"
    permissions = { request = "everyone", view = "admins", decide = "members" }
    fields      = local.button_fields
    precheck = {
      mode    = "sync"
      timeout = "10s"
      payload = { event = "on_request", email = lower(var.button), run = upper(var.button) }
    }
    deny     = coalesce(var.button, "The pre-check refused this request.")
    quorum   = local.button_risk >= 70 ? 2 : 1
    text     = "${var.button} asks for ${local.button_fields.reason.label} for ${join(", ", local.button_fields.duration.allowed)}"
    duration = local.button_fields.duration.allowed[0]
    escalate = local.button_risk == 1 ? "${var.button} done" : "What you approved for ${var.button} did not work."
    told     = [for name, field in local.button_fields : "${name}: ${field.type}" if field.type != "target"]
  }

  lifecycle {
    precondition {
      condition     = local.button_risk < 3
      error_message = "Too risky."
    }
  }
}
