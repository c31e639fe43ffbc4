//! Many declarations that read each other, and conditions over many fields: `data/heavy.txt`.

use std::fmt::Write as _;

use super::{HEAD, lines};

const TABLE: &str = include_str!("../../data/heavy.txt");

const ENVIRONMENT: &str = r#"
integration "aws" "main" {
  region = "us-east-1"
}
environment "e" {
  integrations  = [integration.aws.main]
  error_channel = user("o@x.example")
}
group "g" {
  members = [user("a@x.example"), user("b@x.example")]
}
"#;

const FLOW: &str = r#"
flow "f" {
  permissions {
    request = members
  }
"#;

const STAGE: &str = r#"
  approval "last" {
    approvers = group.g
  }
"#;

/// Every text of the table.
pub(super) fn texts(size: usize) -> Vec<(String, String)> {
    TABLE.split("=== ").skip(1).map(|entry| text(size, entry)).collect()
}

fn text(size: usize, entry: &str) -> (String, String) {
    let (name, entry) = entry.split_once('\n').expect("a name, then its parts");
    let (head, entry) = entry.split_once("--- line\n").expect("a line");
    let (line, tail) = entry.split_once("--- end\n").expect("an end");
    (name.to_owned(), lines(size, &whole(head), &whole(tail), |n| numbered(line, n)))
}

fn whole(part: &str) -> String {
    [
        ("{HEAD}", HEAD),
        ("{ENVIRONMENT}", ENVIRONMENT),
        ("{FLOW}", FLOW),
        ("{FIELDS}", &fields()),
        ("{STAGE}", STAGE),
    ]
    .into_iter()
    .fold(part.to_owned(), |part, (word, text)| part.replace(word, text))
}

/// A prompt of 40 switches, a choice among 100, and a number.
fn fields() -> String {
    let mut text = "  prompt {\n".to_owned();
    for i in 0..40 {
        let _ = write!(text, "    field \"b{i}\" {{\n      type = bool\n    }}\n");
    }
    let words: Vec<String> = (0..100).map(|i| format!("\"w{i}\"")).collect();
    let words = words.join(", ");
    let _ = write!(
        text,
        "    field \"w\" {{\n      type = string\n      allowed = [{words}]\n    }}\n    field \"n\" {{\n      type = number\n      min = 0\n      max = 100\n    }}\n  }}\n"
    );
    text
}

fn numbered(line: &str, n: usize) -> String {
    [
        ("{n}", n),
        ("{n+1}", n + 1),
        ("{n-1}", n.saturating_sub(1)),
        ("{n%40}", n % 40),
        ("{n*3%40}", n * 3 % 40),
        ("{n*7%40}", n * 7 % 40),
        ("{n%100}", n % 100),
    ]
    .into_iter()
    .fold(line.to_owned(), |line, (word, n)| line.replace(word, &n.to_string()))
}
