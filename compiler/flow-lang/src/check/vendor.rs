//! Ids and ARNs as vendors write them: a slip is found here, not when somebody needs the access.

use flow_bundle::function::pattern;

use super::Module;
use crate::code;
use crate::source::Span;

/// Attribute, its form, what it is, an example.
const FORMS: [(&str, &str, &str, &str); 7] = [
    (
        "instance_arn",
        r"arn:aws[a-z-]*:sso:::instance/(sso)?ins-[a-zA-Z0-9.-]{16}",
        "ARN of an instance of IAM Identity Center",
        "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    ),
    (
        "permission_set_arn",
        r"arn:aws[a-z-]*:sso:::permissionSet/(sso)?ins-[a-zA-Z0-9.-]{16}/ps-[a-zA-Z0-9.-]{16}",
        "ARN of a permission set",
        "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
    ),
    ("account_id", "[0-9]{12}", "id of an AWS account", "123456789012"),
    ("group", "[A-Za-z0-9_+=,.@-]{1,128}", "name of an IAM group", "database-admins"),
    ("repo", r"[A-Za-z0-9._-]{1,100}", "name of a repository of the organization", "billing"),
    ("team", "[a-z0-9][a-z0-9_-]{0,99}", "slug of a team", "site-reliability"),
    ("permission", "pull|triage|push|maintain|admin", "permission of a repository", "pull"),
];

/// Reports B120 for a text that has not the form of its attribute; false where any text may stand.
pub(crate) fn check(m: &mut Module<'_>, name: &str, text: &str, span: Span) -> bool {
    let Some((_, form, what, example)) = FORMS.iter().find(|(n, ..)| *n == name) else {
        return false;
    };
    // Got ready once for all: that costs more than all else about a target.
    let known = m.patterns.get(*form).cloned();
    let ready = known.unwrap_or_else(|| pattern::whole(form).ok());
    let fits = ready.as_ref().is_some_and(|form| form.is_match(text));
    m.patterns.insert((*form).to_owned(), ready);
    if fits {
        return true;
    }
    let help = match text {
        "read" => "GitHub calls it \"pull\"".to_owned(),
        "write" => "GitHub calls it \"push\"".to_owned(),
        _ if name == "permission" => {
            "write \"pull\", \"triage\", \"push\", \"maintain\" or \"admin\"".to_owned()
        }
        _ => format!("it looks like \"{example}\""),
    };
    m.say(code::B120, span, format!("`{text}` is no {what}"), "another form", help);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_has_its_form() {
        for (name, form, _, example) in FORMS {
            assert!(pattern::whole(form).unwrap().is_match(example), "{name}");
        }
    }
}
