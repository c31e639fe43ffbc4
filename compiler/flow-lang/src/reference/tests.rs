//! What is asked about, and how the answer reads.

use super::*;

fn told(path: &str) -> String {
    find(path).map_or_else(|| "nothing".to_owned(), |topic| text(&topic))
}

#[test]
fn a_block_tells_its_attributes_and_blocks() {
    let page = told("retry");
    assert!(page.starts_with("retry\n\nHow a call is tried again.\n\nStands in `escalate`, "));
    assert!(
        page.contains(
            "\n  attempts: whole number, default 3\n      How many tries in all. Not in "
        ),
        "{page}"
    );
    let page = told("flow");
    assert!(page.contains("\nStands outermost in a file.\n"), "{page}");
    assert!(page.contains("\n  approval \"<name>\": any number\n"), "{page}");
    assert!(page.contains("\n  permissions: one\n"), "{page}");
    assert!(told("locals").contains("\nattributes: any name\n"));
}

#[test]
fn a_path_may_begin_anywhere_and_name_a_type() {
    let quorum = "approval \"<name>\"\n\nquorum: number, default 1, may read the request\n    How \
                  many of them must approve.\n";
    for path in ["flow.approval.quorum", "approval.quorum", "approval quorum"] {
        assert_eq!(told(path), quorum, "{path}");
    }
    let step = told("step \"aws_lambda\"");
    assert!(step.starts_with("step \"aws_lambda\" \"<name>\"\n\nCalls a Lambda function.\n"));
    assert!(step.contains("\n  function: string, required\n"), "{step}");
    assert_eq!(told("hook.step.aws_lambda"), step);
    assert!(told("lower").starts_with("lower("), "{}", told("lower"));
    for path in ["", "flow.nothing", "flow.label.more", "nothing", "step.nothing"] {
        assert_eq!(told(path), "nothing", "{path}");
    }
}

#[test]
fn every_topic_has_an_answer_of_sentences() {
    for path in topics() {
        let page = told(&path);
        assert!(page != "nothing" && !page.contains("\n\n\n"), "{path}: {page}");
        // Examples of functions are code and stay whole.
        let text = page.lines().filter(|line| !line.contains(" == "));
        assert!(text.map(|line| line.chars().count()).max() <= Some(96), "{path}: {page}");
    }
}
