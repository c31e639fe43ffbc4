//! Do findings and drawings for other programs hold to what those programs take?

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::npm::Npm;
use tests::{bins, need, workspace};

/// Where the package that carries the published schema keeps it.
const SCHEMA: &str = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";

/// Every file of faults that the compiler's own tests use, and one without.
fn logs() -> Vec<(String, Value)> {
    let data = workspace::root().join("compiler/flow-lang/data");
    let mut texts = vec![("nothing".to_owned(), b"bundle \"b\" { language = 1 }\n".to_vec())];
    for entry in data.join("err").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "hcl") {
            texts.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    texts.push(("mark".to_owned(), b"\xef\xbb\xbfbundle \"b\" { language = 1 }\n".to_vec()));
    let mut logs = Vec::new();
    for (name, text) in texts {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a b.flow.hcl"), text).unwrap();
        let mut command = bins::command("flowc").unwrap();
        command.args(["check", ".", "--format", "sarif"]).current_dir(folder.path());
        let printed = command.output().unwrap();
        logs.push((name, serde_json::from_slice(&printed.stdout).unwrap()));
    }
    logs
}

#[test]
fn sarif_validates_against_its_published_schema() {
    let npm = need!("the SARIF schema", Npm::of("sarif"));
    let mut schema: Value =
        serde_json::from_slice(&std::fs::read(npm.file(SCHEMA)).unwrap()).unwrap();
    // A pattern of the published schema is no regular expression; we write no `language`.
    for of in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][of]["properties"]["language"];
        assert!(language.as_object_mut().unwrap().remove("pattern").is_some(), "{of}");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let logs = logs();
    let (mut codes, mut fixes) = (BTreeSet::new(), 0);
    for (name, log) in &logs {
        let refused: Vec<String> =
            validator.iter_errors(log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(refused.is_empty(), "{name}: {refused:#?}");
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let rule =
                &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"], "{name}");
            assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# "), "{name}");
            codes.insert(result["ruleId"].as_str().unwrap().to_owned());
            fixes += usize::from(result.get("fixes").is_some());
        }
    }
    assert!(codes.len() > 20 && fixes > 2, "{} codes, {fixes} fixes", codes.len());

    // The schema would say so.
    let mut broken = logs[0].1.clone();
    broken["runs"][0]["results"] = json!([{ "message": "a text" }]);
    assert!(!validator.is_valid(&broken));
}

#[test]
fn mermaid_takes_every_chart() {
    let npm = need!("mermaid", Npm::of("mermaid"));
    let data = workspace::root().join("compiler/flow-lang/data/ok");
    let drawn = workspace::root().join("compiler/flowc/src/draw/tests.flow.hcl");
    let folder = tempfile::tempdir().unwrap();
    let mut charts = Vec::new();
    let files = data.read_dir().unwrap().map(|entry| entry.unwrap().path());
    for path in files.chain([drawn]).filter(|path| path.extension().is_some_and(|e| e == "hcl")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let module = folder.path().join(&name);
        std::fs::create_dir(&module).unwrap();
        // Labels with everything that means something to the chart.
        let text = std::fs::read_to_string(&path).unwrap();
        let hostile = "label = \"end;#quot;<b>%%{init}%%`x`$$y$$]])-->|z|";
        let text = text.replace("label = \"", hostile).replace("label       = \"", hostile);
        std::fs::write(module.join("main.flow.hcl"), text).unwrap();
        let mut command = bins::command("flowc").unwrap();
        command.arg("graph").arg(&module);
        let given = std::fs::read_to_string(path.with_extension("vars")).unwrap_or_default();
        command.args(given.lines().flat_map(|line| ["--var", line]));
        let printed = command.output().unwrap();
        let told = String::from_utf8_lossy(&printed.stdout).into_owned();
        assert!(printed.status.success(), "{name}: {told}");
        charts.push(told);
    }
    assert!(charts.len() > 3, "{} charts", charts.len());
    // A chart that is none must be refused, or nothing is proved.
    charts.push("flowchart TD\n  a:::end --> b\n".to_owned());
    let file = folder.path().join("charts.json");
    std::fs::write(&file, json!(charts).to_string()).unwrap();
    let mut parser = npm.command(&workspace::root().join("tests/peers/mermaid.mjs")).unwrap();
    let told = parser.arg(&file).output().unwrap();
    let errors = String::from_utf8_lossy(&told.stderr);
    let answers: Vec<Option<String>> = serde_json::from_slice(&told.stdout).expect(&errors);
    let (planted, own) = answers.split_last().unwrap();
    assert!(planted.is_some(), "the parser takes everything");
    for (answer, chart) in own.iter().zip(&charts) {
        assert_eq!(*answer, None, "{chart}");
    }
}
