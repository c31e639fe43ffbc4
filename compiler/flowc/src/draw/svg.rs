//! A story as a picture that stands alone: for light and dark pages, and for those who hear it.

use std::fmt::Write as _;

use super::layout::{Band, HEADING, LINE, MARGIN, PAD, Panel, Place, Section, TITLE, layout};
use super::story::{Story, Tone};
use crate::xml;

/// Tone, its colour on a light page, on a dark one.
const COLOURS: [(Tone, &str, &str); 9] = [
    (Tone::Ask, "#0969da", "#4493f8"),
    (Tone::Work, "#59636e", "#9198a1"),
    (Tone::Decide, "#8250df", "#ab7df8"),
    (Tone::Access, "#1a7f37", "#3fb950"),
    (Tone::End, "#1b7c83", "#39c5cf"),
    (Tone::Denied, "#cf222e", "#f85149"),
    (Tone::Late, "#9a6700", "#d29922"),
    (Tone::Failed, "#bc4c00", "#db6d28"),
    (Tone::Alone, "#bf3989", "#db61a2"),
];

/// Class, its style on a light page, on a dark one.
const STYLES: [(&str, &str, &str); 6] = [
    ("page", "fill:#f6f8fa", "fill:#0d1117"),
    ("ink", "fill:#1f2328", "fill:#f0f6fc"),
    ("soft", "fill:#59636e", "fill:#9198a1"),
    ("card", "fill:#ffffff;stroke:#d1d9e0", "fill:#151b23;stroke:#3d444d"),
    ("frame", "fill:none;stroke:#818b98;stroke-dasharray:6 5", "stroke:#656c76"),
    ("wire", "fill:none;stroke:#6e7781;stroke-width:1.5", "stroke:#848d97"),
];

/// The picture.
pub fn svg(stories: &[Story]) -> String {
    let (sections, width, height) = layout(stories);
    let mut out = String::new();
    let title: Vec<&str> = stories.iter().map(|story| story.label.as_str()).collect();
    let title = title.join(", ");
    let names: Vec<&str> = stories.iter().map(|story| story.name.as_str()).collect();
    let id = id(&names.join(" "));
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, \
         sans-serif\">\n<title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        xml::escape(&title),
        xml::escape(&description(stories)),
    );
    out.push_str(&style());
    let _ = writeln!(
        out,
        "<defs><marker id=\"{id}-head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" \
         markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"fg-head\" \
         d=\"M0 1 L9 5 L0 9 z\"/></marker></defs>\n<rect class=\"fg-page\" width=\"{width}\" \
         height=\"{height}\"/>"
    );
    for section in &sections {
        draw(&mut out, section, &id);
    }
    out.push_str("</svg>\n");
    out
}

/// The whole story in sentences, for those who do not see the picture.
fn description(stories: &[Story]) -> String {
    let mut out = String::new();
    for story in stories {
        let _ = writeln!(out, "{}:", story.label);
        for row in &story.rows {
            let together = if row.cards.len() > 1 { "At the same time: " } else { "" };
            for card in &row.cards {
                let _ = writeln!(out, "{together}{}. {}.", card.title, card.lines.join(". "));
            }
            for exit in &row.exits {
                let _ = writeln!(out, "Or {}. {}.", exit.title, exit.lines.join(". "));
            }
        }
    }
    out.trim_end().to_owned()
}

fn style() -> String {
    let mut light = String::new();
    let mut dark = String::new();
    for (class, on_light, on_dark) in STYLES {
        let _ = write!(light, ".fg-{class}{{{on_light}}}");
        let _ = write!(dark, ".fg-{class}{{{on_dark}}}");
    }
    light.push_str(".fg-head{fill:#6e7781}");
    dark.push_str(".fg-head{fill:#848d97}");
    for (tone, on_light, on_dark) in COLOURS {
        let _ = write!(light, ".fg-{}{{fill:{on_light}}}", tone.word());
        let _ = write!(dark, ".fg-{}{{fill:{on_dark}}}", tone.word());
    }
    format!("<style>{light}@media (prefers-color-scheme:dark){{{dark}}}</style>\n")
}

fn draw(out: &mut String, section: &Section, id: &str) {
    for (line, y) in &section.heading {
        text(out, line, (MARGIN, *y), HEADING.0, true, "ink");
    }
    for (line, y) in &section.below {
        text(out, line, (MARGIN, *y), LINE.0, false, "soft");
    }
    for (index, band) in section.bands.iter().enumerate() {
        if let Some(next) = section.bands.get(index + 1) {
            let from = band.place.y + band.place.height;
            let path = format!("M{} {from} V{}", section.middle, next.place.y);
            wire(out, &path, id);
        }
        ways_out(out, band, id);
        if band.framed {
            rect(out, band.place, "frame", 10);
            let at = (band.place.x + 14, band.place.y + 20);
            text(out, "At the same time; all of them are needed", at, LINE.0, false, "soft");
        }
        for panel in band.cards.iter().chain(&band.exits) {
            draw_panel(out, panel);
        }
    }
}

/// From a row to the right: one line, and an arrow for each way out.
fn ways_out(out: &mut String, band: &Band, id: &str) {
    let Some(first) = band.exits.first() else { return };
    let right = band.place.x + band.place.width;
    let bus = first.place.x - 26;
    let lowest = band.place.y + band.place.height;
    for exit in &band.exits {
        let y = exit.place.y + exit.place.height.min(2 * (PAD.1 + TITLE.1 / 2)) / 2;
        let from = y.min(lowest - 8);
        let path = format!("M{right} {from} H{bus} V{y} H{}", exit.place.x);
        wire(out, &path, id);
    }
}

fn draw_panel(out: &mut String, panel: &Panel) {
    let Place { x, y, height, .. } = panel.place;
    rect(out, panel.place, "card", 8);
    let _ = writeln!(
        out,
        "<path class=\"fg-{}\" d=\"M{x} {} a8 8 0 0 1 6 -8 V{} a8 8 0 0 1 -6 -8 z\"/>",
        panel.tone.word(),
        y + 8,
        y + height,
    );
    for (line, baseline, bold) in &panel.lines {
        let size = if *bold { TITLE.0 } else { LINE.0 };
        let class = if *bold { "ink" } else { "soft" };
        text(out, line, (x + PAD.0, *baseline), size, *bold, class);
    }
}

fn rect(out: &mut String, place: Place, class: &str, round: usize) {
    let Place { x, y, width, height } = place;
    let _ = writeln!(
        out,
        "<rect class=\"fg-{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
         rx=\"{round}\"/>"
    );
}

fn wire(out: &mut String, path: &str, id: &str) {
    let _ = writeln!(out, "<path class=\"fg-wire\" marker-end=\"url(#{id}-head)\" d=\"{path}\"/>");
}

fn text(out: &mut String, text: &str, at: (usize, usize), size: usize, bold: bool, class: &str) {
    let weight = if bold { " font-weight=\"600\"" } else { "" };
    let _ = writeln!(
        out,
        "<text class=\"fg-{class}\" x=\"{}\" y=\"{}\" font-size=\"{size}\"{weight}>{}</text>",
        at.0,
        at.1,
        xml::escape(text)
    );
}

/// An id that stands once on a page with several pictures.
fn id(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("flow-{name}")
}
