//! The same flows make the same bundle: in another directory, in files with other names, cut into
//! many files in another order, and with the line ends of another system.

use std::path::{Path, PathBuf};
use std::process::Command;

use flow_lang::syntax::parse;
use flow_lang::syntax::tree::{Body, Item};
use flow_lang::{Diagnostics, Sources};
use tests::{bins, workspace};

/// Where the files of every variant lie, so that no path is the same by chance.
const ELSEWHERE: &str = "a directory/of another name";

/// Files of a module: name and text.
type Files = Vec<(String, String)>;

#[test]
fn a_bundle_does_not_depend_on_where_and_how_its_files_lie() {
    let flowc = bins::path("flowc").unwrap();
    let mut seen = 0;
    for example in examples() {
        let name = example.file_name().unwrap().display().to_string();
        let files = read(&example);
        let whole = build(&flowc, &files, "here");
        assert_eq!(build(&flowc, &files, "here"), whole, "{name}: built twice");
        assert_eq!(build(&flowc, &files, ELSEWHERE), whole, "{name}: another directory");
        // The places of the source map are others then, and nothing else.
        let meaning = meaning(&whole);
        for (way, files) in [
            ("renamed", renamed(&files)),
            ("cut and turned around", cut(&files)),
            ("carriage returns", with_carriage_returns(&files)),
        ] {
            let other = build(&flowc, &files, ELSEWHERE);
            assert_eq!(self::meaning(&other), meaning, "{name}: {way}");
        }
        seen += 1;
    }
    assert!(seen >= 23, "only {seen} examples");
}

/// The language allows no byte-order mark: it is refused, and never read as a part of a word.
#[test]
fn a_byte_order_mark_is_refused_and_nothing_else_is_said() {
    for example in examples() {
        let mut files = read(&example);
        let main = files.iter_mut().find(|(name, _)| name == "main.flow.hcl").unwrap();
        main.1.insert(0, '\u{feff}');
        let scratch = workspace::scratch("mark").unwrap();
        write(scratch.path(), &files);
        let flowc = bins::path("flowc").unwrap();
        let (ok, told) = run(&flowc, scratch.path(), &["check", "--format", "plain"]);
        let errors = told.matches(" error ").count();
        assert!(
            !ok && errors == 1 && told.contains("error X005"),
            "{}:\n{told}",
            example.display()
        );
    }
}

fn examples() -> Vec<PathBuf> {
    let folder = workspace::root().join("examples");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.join("main.flow.hcl").exists());
    paths.sort();
    paths
}

fn read(example: &Path) -> Files {
    let entries = example.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let ours = entries.filter(|path| is_flow(path) || path.ends_with("example.flowvars"));
    ours.map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    })
    .collect()
}

fn is_flow(path: &Path) -> bool {
    path.to_str().unwrap().ends_with(".flow.hcl")
}

fn write(folder: &Path, files: &Files) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// The bytes of the bundle that these files make in a directory of this name.
fn build(flowc: &Path, files: &Files, place: &str) -> String {
    let scratch = workspace::scratch("determinism").unwrap();
    let folder = scratch.path().join(place);
    write(&folder, files);
    let bundle = scratch.path().join("bundle.json");
    let (ok, told) = run(flowc, &folder, &["build", "-o", bundle.to_str().unwrap()]);
    assert!(ok, "{told}");
    std::fs::read_to_string(bundle).unwrap()
}

fn run(flowc: &Path, folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(flowc);
    bins::forget_settings(&mut command);
    command.args(arguments).arg(folder);
    let values = folder.join("example.flowvars");
    if values.exists() {
        command.arg("-var-file").arg(values);
    }
    let done = command.output().unwrap();
    (done.status.success(), String::from_utf8([done.stdout, done.stderr].concat()).unwrap())
}

/// The part of a bundle file that its hash covers, and the hash: all but the source map.
fn meaning(bundle: &str) -> &str {
    bundle.split_once(",\"sources\":").unwrap().0
}

fn renamed(files: &Files) -> Files {
    let other = |name: &String| name.replace("main.flow.hcl", "z 1.flow.hcl");
    files.iter().map(|(name, text)| (other(name), text.clone())).collect()
}

/// Each block in a file of its own, the last one in the first file. What stands before a block goes
/// with it, for a comment there may be meant for it.
fn cut(files: &Files) -> Files {
    let mut out = Files::new();
    for (name, text) in files {
        if !is_flow(Path::new(name)) {
            out.push((name.clone(), text.clone()));
            continue;
        }
        let mut sources = Sources::new();
        sources.add(name.as_str(), text.as_bytes());
        let parsed = parse(&sources, &mut Diagnostics::new());
        let ends = parsed.iter().flat_map(|file| ends(&file.body));
        let mut start = 0;
        for (i, end) in ends.enumerate() {
            out.push((format!("{:03}{name}", 999 - i), format!("{}\n", &text[start..end])));
            start = end;
        }
        assert!(text[start..].lines().all(|line| line.is_empty() || line.starts_with('#')));
    }
    out
}

fn ends(body: &Body) -> Vec<usize> {
    let end = |item: &Item| match item {
        Item::Attribute(attribute) => attribute.span.range().end,
        Item::Block(block) => block.span.range().end,
    };
    body.items.iter().map(end).collect()
}

fn with_carriage_returns(files: &Files) -> Files {
    files.iter().map(|(name, text)| (name.clone(), text.replace('\n', "\r\n"))).collect()
}
