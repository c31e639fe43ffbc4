//! Texts that would take long if something took time by the square, or grew without end.

mod broken;
mod flows;
mod growing;
mod names;
#[cfg(test)]
mod tests;
mod wide;

/// A line for each number, as many as fit behind `head` and before `tail`.
fn lines(size: usize, head: &str, tail: &str, line: impl Fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    for i in 0.. {
        let next = line(i);
        if text.len() + next.len() + tail.len() > size {
            break;
        }
        text.push_str(&next);
    }
    text + tail
}

const HEAD: &str = "bundle \"h\" {\n  language = 1\n}\n";

/// What stands around the parts of one flow.
const FLOW: &str = "bundle \"h\" {\n  language = 1\n}\nintegration \"aws\" \"main\" {\n  region = \"us-east-1\"\n}\nenvironment \"e\" {\n  integrations = [integration.aws.main]\n  error_channel = user(\"o@x.example\")\n}\ngroup \"g\" {\n  members = [user(\"a@x.example\"), user(\"b@x.example\")]\n}\nflow \"f\" {\n  permissions {\n    request = members\n  }\n";

const STAGE: &str = "  approval \"last\" {\n    approvers = group.g\n  }\n}\n";

/// Every heavy text with its name, each of at most `size` bytes. A line `# file: child/main.flow.hcl`
/// starts the file of a child module.
#[must_use]
pub fn texts(size: usize) -> Vec<(String, String)> {
    let all = [
        broken::nested(size),
        names::names(size),
        growing::growing(size),
        flows::flows(size),
        flows::parts(size),
        wide::texts(size),
        broken::broken(size),
    ];
    all.into_iter().flatten().collect()
}
