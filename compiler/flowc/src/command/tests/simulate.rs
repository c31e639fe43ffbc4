//! What would happen, as it is told.

use super::{SMALL, flowc, scratch};

#[test]
fn the_way_is_told_with_its_lines() {
    let scratch = scratch(&[("main.flow.hcl", SMALL)]);
    let line = "simulate DIR -var team=x --as eve@acme.example";
    let (code, text) = flowc(scratch.path(), line);
    let expected = "\
What would happen. Nothing of it was done.

  +0s     eve@acme.example asks for Ask x   [main.flow.hcl:18]
  +0s     stage `lead` waits for 1 of group.leads; without a decision it expires after 3d   [main.flow.hcl:21]
          may decide: ana@acme.example, bo@acme.example, a-member-1@somebody.invalid
";
    let shown: Vec<&str> = text.lines().take(5).collect();
    let wanted: Vec<&str> = expected.lines().collect();
    assert_eq!((code, &shown[..4]), (0, &wanted[..4]), "{text}");
    assert!(
        shown[4].starts_with("          may decide: ana@acme.example, bo@acme.example"),
        "{text}"
    );
    assert!(text.contains("+0s     ana@acme.example approves"), "{text}");
    assert!(text.ends_with("\nIt ends: ok.\n"), "{text}");
    // Whoever asks does not decide.
    let (_, text) = flowc(scratch.path(), "simulate DIR -var team=x --as ana@acme.example");
    assert!(text.contains("+0s     bo@acme.example approves"), "{text}");
    let (code, text) =
        flowc(scratch.path(), "simulate DIR -var team=x --as eve@acme.example --decision nobody");
    assert_eq!(code, 0);
    assert!(text.contains("+3d     stage `lead` expires"), "{text}");
    assert!(text.ends_with("\nIt ends: expired.\n"), "{text}");
}

#[test]
fn programs_get_everything() {
    let scratch = scratch(&[("main.flow.hcl", SMALL)]);
    let line = "simulate DIR -var team=x --as eve@acme.example --format json";
    let (code, text) = flowc(scratch.path(), line);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["end"]["outcome"]), (0, &"ok".into()));
    assert_eq!(json["way"][0]["place"], "main.flow.hcl:18");
    assert_eq!(json["way"][1]["details"][0]["may_decide"][0], "ana@acme.example");
}

#[test]
fn what_is_refused_and_what_makes_no_sense() {
    let asks = SMALL.replace("request = members", "request = admins");
    let scratch = scratch(&[("main.flow.hcl", asks.as_str())]);
    let simulate = |rest: &str| flowc(scratch.path(), &format!("simulate DIR -var team=x {rest}"));
    let (code, text) = simulate("--as eve@acme.example");
    assert_eq!(code, 1);
    assert!(text.contains("It is refused, not_permitted: "), "{text}");
    assert_eq!(simulate("--as eve@acme.example --role admin").0, 0);
    for (rest, expected) in [
        ("--as eve", "`eve` is no e-mail address"),
        ("--as e@x --flow aks", "there is no flow `aks`; did you mean `ask`?"),
        ("--as e@x -f reason", "`--field reason`: write it as `name=value`"),
        ("--as e@x --person a@x=boss", "`boss` is no role; there is member, admin, guest"),
        ("--as e@x --group leads=a@x", "who is in `group.leads` is written in the flow"),
        ("--as e@x --group ops=a@x", "there is no group `ops`; there is leads"),
        ("--as e@x --fail check=late", "`late` is no kind of error; there is timeout"),
        ("--as e@x --answer check={", "what `--answer` says of `check` is no JSON"),
    ] {
        let (code, text) = simulate(rest);
        assert_eq!(code, 2, "{rest}: {text}");
        assert!(text.starts_with(expected), "{rest}: {text}");
    }
}
