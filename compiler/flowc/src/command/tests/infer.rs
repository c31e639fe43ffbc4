//! The type of a recorded answer.

use super::{flowc, scratch};

#[test]
fn infer_writes_the_output_that_all_answers_have() {
    let dir = scratch(&[
        ("one.json", r#"{"builds": [{"id": 7, "state": "red"}]}"#),
        ("two.json", r#"{"builds": [], "next": "p2"}"#),
    ]);
    assert_eq!(
        flowc(dir.path(), "infer DIR/one.json DIR/two.json"),
        (
            0,
            "output = object({\n  builds = list(object({\n    id    = number\n    \
             state = string\n  }))\n  next = optional(string)\n})\n"
                .to_owned()
        )
    );
}

#[test]
fn what_is_no_answer_is_refused_with_its_place() {
    let dir = scratch(&[("broken.json", "{\"a\": }"), ("empty.json", "\n")]);
    for (file, told) in [
        ("broken.json", "`DIR/broken.json` is no JSON that a step can answer: "),
        ("empty.json", "`DIR/empty.json` is empty; the body of an answer is wanted, as JSON"),
        ("none.json", "cannot read `DIR/none.json`"),
    ] {
        let (code, text) = flowc(dir.path(), &format!("infer DIR/{file}"));
        assert_eq!(code, 2);
        assert!(text.starts_with(told), "{text}");
    }
}
