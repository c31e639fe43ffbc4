//! Our parser beside another one, hcl-edit: the same texts are taken and the same refused, with
//! the same tree and the same places.
//!
//! Where the two differ on purpose stands in [`why`], one line each; any other difference fails.

mod inputs;
mod ours;
mod theirs;

use super::parse::Wanted;

/// What a parser says of a text: its tree with places, or what it has against it and where.
type Said = Result<String, (String, usize)>;

/// A difference that is meant, named; `None`: it is a fault.
fn why(text: &str, ours: &Said, theirs: &Said) -> Option<&'static str> {
    let (list, (said, offset)) = match (ours, theirs) {
        (Err(said), Ok(_)) => (&WE_REFUSE[..], said),
        (Ok(_), Err(said)) => (&THEY_REFUSE[..], said),
        _ => return None,
    };
    let (before, rest) = text.split_at(*offset);
    list.iter()
        .find(|(start, applies, _)| said.starts_with(start) && applies(before, rest))
        .map(|w| w.2)
}

/// What a refusal says, what stands before it and behind, and why the other parser may go on.
type Difference = (&'static str, fn(&str, &str) -> bool, &'static str);

const ALWAYS: fn(&str, &str) -> bool = |_, _| true;

const WE_REFUSE: [Difference; 11] = [
    ("the closing `\"` was", ALWAYS, "a quoted text ends on its line, as in Terraform"),
    ("the end marker stands alone", ALWAYS, "nothing stands behind it, as in Terraform"),
    ("twice", ALWAYS, "`a` and `\"a\"` are one key"),
    ("`in` was", ALWAYS, "`for x inxs`: a word ends where the next letter is none"),
    ("`%{", |_, rest| rest.starts_with('"'), "a quote ends a quoted text in a directive too"),
    ("`]` was", |_, rest| rest.starts_with("if"), "`iffor` is no `if`"),
    ("`if`, `for`,", |_, rest| rest.starts_with(['i', 'f']), "`%{ if0 }` has no `if`"),
    ("a `,` or `]`", |before, _| before.contains("<<"), FIRST_LINE),
    ("`=` or `{`", |before, _| before.contains("<<"), FIRST_LINE),
    ("a name was expected after the `.`", |_, rest| rest.starts_with(['\n', '#', '/']), LINE_BREAK),
    ("the name of an", |_, rest| rest.starts_with(|c: char| !c.is_alphanumeric()), LINE_BREAK),
];

const LINE_BREAK: &str = "outside of brackets a line break ends the statement, also behind a list";

const FIRST_LINE: &str = "an end marker on the first line ends the heredoc, as in Terraform";

const THEY_REFUSE: [Difference; 3] = [
    ("", |before, _| before.ends_with(".0"), "`x.00` is an old index, and reported as one"),
    ("", |_, rest| rest.starts_with(['e', 'E']), "numbers have no greatest exponent to the parser"),
    (
        "invalid expression",
        |_, rest| rest.starts_with(['#', '/', '\n']),
        "`!` and its operand may stand on two lines in brackets",
    ),
];

/// Whether texts are not compared: `~`, line breaks of Windows, directives and lines of blanks are
/// worked out in the parser here and later there.
fn is_loose(text: &str) -> bool {
    let blanks = |line: &str| !line.is_empty() && line.trim().is_empty();
    text.contains(['~', '\r']) || text.contains("%{") || text.split('\n').any(blanks)
}

fn compare(texts: impl Iterator<Item = String>) -> (usize, usize, Vec<String>) {
    let (mut taken, mut refused, mut wrong) = (0, 0, Vec::new());
    for text in texts {
        let loose = is_loose(&text);
        let (ours, theirs) = (ours::read(&text, loose), theirs::read(&text, loose));
        let same = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            (Err(_), Err(_)) => true,
            _ => false,
        };
        *if ours.is_ok() { &mut taken } else { &mut refused } += 1;
        if !same && why(&text, &ours, &theirs).is_none() {
            wrong.push(format!("--- {text:?}\nours:   {ours:?}\ntheirs: {theirs:?}\n"));
        }
    }
    (taken, refused, wrong)
}

#[test]
fn every_file_of_the_house_is_read_alike() {
    let (taken, refused, wrong) = compare(inputs::files().into_iter());
    assert!(taken > 300 && refused > 10, "{taken} taken, {refused} refused");
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

/// By default mutations of the forms of the grammar; with `FLOW_PARSE_ORACLE` so many of every file
/// of the house, which are others whenever a file changes.
#[test]
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by a variable")]
fn mutated_files_are_read_alike() {
    let asked = std::env::var("FLOW_PARSE_ORACLE").ok().map(|count| count.parse().unwrap());
    let files = if asked.is_some() { inputs::files() } else { Vec::new() };
    let mut seeds: Vec<&str> = files.iter().map(String::as_str).collect();
    seeds.retain(|text| text.len() < 1_500);
    seeds.extend(inputs::FORMS);
    let (taken, refused, wrong) = compare(inputs::mutated(&seeds, asked.unwrap_or(8_000)));
    assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), taken + refused, wrong.concat());
}

/// Both go equally deep, and neither uses up the stack.
#[test]
fn depth_is_counted_alike() {
    let nest = |open: &str, core: &str, close: &str, depth: usize| {
        format!("a = {}{core}{}\n", open.repeat(depth), close.repeat(depth))
    };
    let limits = [63, 64, 65];
    let texts = limits.into_iter().chain([20_000]).flat_map(|depth| {
        let blocks = "a {\n".repeat(depth) + &"}\n".repeat(depth);
        [
            nest("[", "", "]", depth),
            nest("(", "1", ")", depth),
            nest("{ a = ", "1", " }", depth),
            nest("b[", "0", "]", depth),
            nest("f(", "", ")", depth),
            nest("\"${", "b", "}\"", depth),
            nest("\"%{ if b }${", "b", "}%{ endif }\"", depth / 2),
            nest("!", "b", "", depth),
            nest("b ? c : ", "d", "", depth),
            nest("[for b in c : ", "d", "]", depth),
            nest("b + ", "c", "", depth * 2),
            nest("b + (c * ", "d", ")", depth),
            blocks,
        ]
    });
    let (taken, refused, wrong) = compare(texts);
    assert!(taken > 10 && refused > 20, "{taken} taken, {refused} refused");
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

fn words(wanted: Wanted) -> String {
    match wanted {
        Wanted::LessDepth => "depth".into(),
        Wanted::Escape => "escape".into(),
        Wanted::Words(words) => words.into(),
    }
}
