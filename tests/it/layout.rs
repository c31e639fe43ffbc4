//! `flowc fmt` lays files out as a real `terraform fmt` does, and changes nothing else.
//!
//! `FLOW_LAYOUTS` says how many files are written at random beside the committed cases, `FLOW_SEED`
//! repeats a run.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use flow_lang::{Diagnostics, Given, Mode, Options, Sources, compile, fmt, report};
use tests::chance::{Chance, setting};
use tests::terraform::{self, Terraform};
use tests::{hcl, need, workspace};

#[path = "../../compiler/flow-lang/src/fmt/tests/corpus.rs"]
mod corpus;

/// Cases where the formatter departs from Terraform on purpose.
const OWN: &str = "own.txt";

#[test]
fn committed_layouts_are_terraforms() {
    let terraform = need!("Terraform", Terraform::find());
    let folder = workspace::root().join("compiler/flow-lang/data/fmt");
    let mut cases = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with(OWN) {
            cases.extend(corpus::read(&std::fs::read_to_string(path).unwrap()));
        }
    }
    assert!(cases.len() >= 165, "only {} cases", cases.len());
    let given: Vec<&str> = cases.iter().map(|case| case.given.as_str()).collect();
    let theirs = formatted_by(&terraform, &given);
    for (case, theirs) in cases.iter().zip(theirs) {
        assert_eq!(Ok(&case.formatted), theirs.as_ref(), "{}", case.name);
    }
}

#[test]
fn files_written_at_random_are_laid_out_as_terraform_does() {
    let terraform = need!("Terraform", Terraform::find());
    let mut chance = Chance::announced("layouts");
    let count = usize::try_from(setting("FLOW_LAYOUTS", 500)).unwrap();
    let texts: Vec<String> = (0..count).map(|_| hcl::file(&mut chance)).collect();
    let given: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut read = 0;
    for (text, theirs) in texts.iter().zip(formatted_by(&terraform, &given)) {
        let theirs = theirs.unwrap_or_else(|told| panic!("no HCL for Terraform:\n{told}\n{text}"));
        let ours = fmt::text(text);
        assert!(ours == theirs, "{}", differences(text, &ours, &theirs));
        assert_eq!(fmt::text(&ours), ours, "not stable:\n{text}");
        // The compiler's parser does not break lines at every place where Terraform's does.
        if let Ok(formatted) = formatted(text.as_bytes()) {
            assert_eq!(formatted, ours, "{text}");
            read += 1;
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "layouts: {count} files as Terraform's byte for byte, {read} of them read by the compiler"
    );
    assert!(read >= count * 3 / 4, "the compiler reads only {read} of {count} files");
}

/// What Terraform makes of each text, or all that it says where it refuses it.
fn formatted_by(terraform: &Terraform, texts: &[&str]) -> Vec<Result<String, String>> {
    let scratch = workspace::scratch("layouts").unwrap();
    std::fs::write(scratch.path().join("cli.tfrc"), "disable_checkpoint = true\n").unwrap();
    let folder = scratch.path().join("files");
    std::fs::create_dir(&folder).unwrap();
    let path = |i: usize| folder.join(format!("{i}.tf"));
    for (i, text) in texts.iter().enumerate() {
        std::fs::write(path(i), text).unwrap();
    }
    let done = terraform::run(&mut terraform.command(scratch.path(), &["fmt", "files"])).unwrap();
    let result = |i: usize| match done.printed.find(&format!("files/{i}.tf line ")) {
        None => Ok(std::fs::read_to_string(path(i)).unwrap()),
        Some(at) => Err(done.printed[at..].lines().take(12).collect::<Vec<_>>().join("\n")),
    };
    (0..texts.len()).map(result).collect()
}

/// As `flowc` does it; the faults as text where there are some.
fn formatted(bytes: &[u8]) -> Result<String, String> {
    let mut sources = Sources::new();
    let id = sources.add("main.flow.hcl", bytes);
    let mut faults = Diagnostics::new();
    let text = fmt::file(&sources, id, &mut faults);
    text.ok_or_else(|| {
        report::human(&faults.finish(&sources, &[]), &sources, report::Style::default())
    })
}

fn differences(text: &str, ours: &str, theirs: &str) -> String {
    let lines = ours.lines().zip(theirs.lines());
    let first = lines.clone().position(|(a, b)| a != b).unwrap_or_default();
    let (a, b) = lines.clone().nth(first).unwrap_or_default();
    format!("line {}:\nours   {a:?}\ntheirs {b:?}\n--- given\n{text}", first + 1)
}

#[test]
fn every_example_is_formatted() {
    let mut seen = 0;
    let mut found = Vec::new();
    for path in examples(&workspace::root().join("examples")) {
        let text = std::fs::read_to_string(&path).unwrap();
        match formatted(text.as_bytes()) {
            Ok(formatted) if formatted == text => {}
            Ok(_) => found.push(format!("{}: run `flowc fmt`", path.display())),
            Err(told) => found.push(told),
        }
        seen += 1;
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(seen >= 4, "only {seen} examples");
}

fn examples(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(examples(&path));
        } else if fmt::ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    files
}

/// A layout changes no meaning: the same bundle, from a flow that was laid out badly.
#[test]
fn a_layout_changes_no_bundle() {
    let mut seen = 0;
    for path in examples(&workspace::root().join("examples")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let Some(before) = bundle(&text) else { continue };
        for spoilt in [spread(&text), squeezed(&text)] {
            assert_ne!(spoilt, text);
            assert_eq!(bundle(&spoilt).as_ref(), Some(&before), "{}", path.display());
            let formatted = formatted(spoilt.as_bytes()).unwrap();
            assert_eq!(bundle(&formatted), Some(before.clone()), "{}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 4, "only {seen} examples");
}

/// What a flow means, without its places.
fn bundle(text: &str) -> Option<String> {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", text.as_bytes());
    let values = [
        ("lambda_arn", "arn:aws:lambda:us-east-1:123456789012:function:button:live"),
        ("slack_workspace", "T123ABCDE"),
    ];
    let declared = |name: &str| text.contains(&format!("variable \"{name}\""));
    let variables: BTreeMap<String, Given> = values
        .iter()
        .filter(|(name, _)| declared(name))
        .map(|(name, value)| ((*name).to_owned(), Given::Text((*value).to_owned())))
        .collect();
    let done = compile(&sources, &Options { variables, mode: Mode::Build });
    done.bundle.map(|file| file.content_hash.to_string())
}

/// The same with more white space, outside of heredocs.
fn spread(text: &str) -> String {
    changed(text, |line| format!("   {}   ", line.replacen(" = ", "\t =  ", 1)))
}

/// The same with less.
fn squeezed(text: &str) -> String {
    changed(text, |line| line.trim().replacen(" = ", "=", 1))
}

fn changed(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut marker: Option<String> = None;
    let mut out = String::new();
    for line in text.lines() {
        if let Some(wanted) = &marker {
            out.push_str(line);
            if line.trim() == wanted {
                marker = None;
            }
        } else {
            out.push_str(&change(line));
            let heredoc = line.split_once("<<").map(|(_, rest)| rest.trim_start_matches('-'));
            marker = heredoc.map(|rest| rest.trim().to_owned());
            out.truncate(out.trim_end().len());
        }
        out.push('\n');
    }
    out
}
