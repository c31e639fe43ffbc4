//! Stories in words, and pictures in which nothing covers anything else.

use flow_lang::{Mode, Options, Sources, compile};

use super::layout::{Place, layout};
use super::*;

const FLOW: &str = include_str!("tests.flow.hcl");

fn stories(text: &str) -> Vec<Story> {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", text.as_bytes());
    let compiled = compile(&sources, &Options { mode: Mode::Build, ..Options::default() });
    let Some(file) = compiled.bundle else { panic!("{:#?}", compiled.diagnostics) };
    file.bundle.flows.iter().map(|(name, flow)| story(&file.bundle, name, flow)).collect()
}

fn told(story: &Story) -> String {
    let mut out = String::new();
    for row in &story.rows {
        for card in &row.cards {
            out.push_str(&format!("{}\n", card.title));
            card.lines.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        for exit in &row.exits {
            out.push_str(&format!("  > {}: {}\n", exit.title, exit.lines.join("; ")));
        }
    }
    out
}

#[test]
fn a_story_is_told_in_whole_words() {
    let told: String = stories(FLOW).iter().map(told).collect();
    let expected = include_str!("tests.expected");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/draw/tests.expected");
        std::fs::write(path, &told).unwrap();
    }
    assert_eq!(told, expected, "--- found\n{told}");
}

fn overlap(a: Place, b: Place) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

#[test]
fn nothing_in_a_picture_covers_anything_else() {
    let (sections, width, height) = layout(&stories(FLOW));
    let mut places: Vec<Place> = Vec::new();
    for band in sections.iter().flat_map(|section| &section.bands) {
        for panel in band.cards.iter().chain(&band.exits) {
            for (_, baseline, _) in &panel.lines {
                let Place { y, height, .. } = panel.place;
                assert!(*baseline > y && *baseline < y + height, "{panel:?}");
            }
            places.push(panel.place);
        }
    }
    assert!(places.len() > 12, "{places:?}");
    for (index, place) in places.iter().enumerate() {
        assert!(place.x + place.width <= width && place.y + place.height <= height);
        let over = places[index + 1..].iter().find(|other| overlap(*place, **other));
        assert_eq!(over, None, "{place:?}");
    }
}

#[test]
fn what_the_author_wrote_is_no_markup() {
    let hostile = FLOW.replace("\"Database\"", "\"<script>\\\"&' %%{x}%% `a` #quot; ]])\"");
    assert_ne!(hostile, FLOW);
    let stories = stories(&hostile);
    let picture = svg(&stories);
    assert!(picture.contains("&lt;script&gt;&quot;&amp;&#39;"), "{picture}");
    assert!(!picture.contains("<script"));
    let chart = mermaid(&stories);
    assert!(chart.contains("#60;script#62;#34;#38;"), "{chart}");
    assert!(!chart.contains("%%{") && !chart.contains("`a`"), "{chart}");
}
