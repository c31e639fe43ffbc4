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

const LOCK: &str = "flow.lock";

/// Files of a module: name and text.
type Files = Vec<(String, String)>;

#[test]
fn a_bundle_does_not_depend_on_where_and_how_its_files_lie() {
    let flowc = bins::path("flowc").unwrap();
    let mut seen = 0;
    for module in examples().into_iter().chain([of_children()]) {
        let name = module.file_name().unwrap().display().to_string();
        let files = read(&module);
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

/// A module that uses others: beside it, several times, in each other, and vendored.
fn of_children() -> PathBuf {
    workspace::root().join("compiler/flow-lang/data/ok/modules")
}

/// The files of a module and of those below it.
fn read(module: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![module.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "vars") {
                // The compiler's own tests give values as a command line does: `name=value`.
                let values = std::fs::read_to_string(path).unwrap();
                files.push(("example.flowvars".to_owned(), values));
            } else if is_flow(&path) || path.ends_with("example.flowvars") || path.ends_with(LOCK) {
                let name = path.strip_prefix(module).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Whether a file may be written in another way: the lock holds the hash of what is vendored.
fn is_ours(name: &str) -> bool {
    is_flow(Path::new(name)) && !name.starts_with("vendor/")
}

fn is_flow(path: &Path) -> bool {
    path.to_str().unwrap().ends_with(".flow.hcl")
}

fn write(folder: &Path, files: &Files) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
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
    let other = |name: &String| match is_ours(name) {
        true => name.replace("main.flow.hcl", "z 1.flow.hcl"),
        false => name.clone(),
    };
    files.iter().map(|(name, text)| (other(name), text.clone())).collect()
}

/// Each block in a file of its own, the last one in the first file. What stands before a block goes
/// with it, for a comment there may be meant for it.
fn cut(files: &Files) -> Files {
    let mut out = Files::new();
    for (name, text) in files {
        if !is_ours(name) {
            out.push((name.clone(), text.clone()));
            continue;
        }
        let mut sources = Sources::new();
        sources.add(name.as_str(), text.as_bytes());
        let parsed = parse(&sources, &mut Diagnostics::new());
        let ends = parsed.iter().flat_map(|file| ends(&file.body));
        let mut start = 0;
        for (i, end) in ends.enumerate() {
            let (folder, file) = name.rsplit_once('/').unwrap_or((".", name));
            let piece = format!("{folder}/{:03}{file}", 999 - i);
            out.push((piece, format!("{}\n", &text[start..end])));
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
    let other = |(name, text): &(String, String)| match is_ours(name) {
        true => (name.clone(), text.replace('\n', "\r\n")),
        false => (name.clone(), text.clone()),
    };
    files.iter().map(other).collect()
}
