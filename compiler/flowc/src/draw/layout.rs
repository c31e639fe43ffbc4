//! Where the parts of a picture lie: cards below one another, ways out to their right.

use super::measure::wrap;
use super::story::{Row, Story, Tone};

pub const MARGIN: usize = 28;
pub const CARD_WIDTH: usize = 320;
pub const EXIT_WIDTH: usize = 290;
/// Between cards that stand side by side.
const GAP: usize = 20;
/// Between a row and the next one.
const ROW_GAP: usize = 38;
/// Between the cards and the ways out.
const EXIT_GAP: usize = 56;
/// More cards than this go to a second line of the same row.
const ABREAST_MAX: usize = 3;
/// Inside a card, to its left and right, above and below.
pub const PAD: (usize, usize) = (16, 12);
pub const TITLE: (usize, usize) = (14, 20);
pub const LINE: (usize, usize) = (13, 18);
/// Between the paragraphs of a card.
const PARAGRAPH: usize = 4;
/// Inside the frame of what happens at the same time; above there is its caption.
const FRAME: (usize, usize) = (14, 30);
pub const HEADING: (usize, usize) = (21, 28);

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// A card or a way out, its text broken into lines.
#[derive(Debug, Clone)]
pub struct Panel {
    pub tone: Tone,
    pub place: Place,
    /// Text, its place, and whether it is the title.
    pub lines: Vec<(String, usize, bool)>,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Band {
    /// What the cards take up, with their frame.
    pub place: Place,
    pub framed: bool,
    pub cards: Vec<Panel>,
    pub exits: Vec<Panel>,
}

/// A whole story.
#[derive(Debug, Clone)]
pub struct Section {
    /// Heading lines with their baselines.
    pub heading: Vec<(String, usize)>,
    /// Lines below it.
    pub below: Vec<(String, usize)>,
    pub bands: Vec<Band>,
    /// The middle of the cards.
    pub middle: usize,
}

/// The sections, and the size of the whole picture.
pub fn layout(stories: &[Story]) -> (Vec<Section>, usize, usize) {
    let abreast = |row: &Row| row.cards.len().min(ABREAST_MAX);
    let widest = stories.iter().flat_map(|story| &story.rows).map(|row| {
        let frame = if row.cards.len() > 1 { 2 * FRAME.0 } else { 0 };
        abreast(row) * (CARD_WIDTH + GAP) - GAP + frame
    });
    let main = widest.max().unwrap_or(CARD_WIDTH);
    let width = MARGIN + main + EXIT_GAP + EXIT_WIDTH + MARGIN;
    let mut sections = Vec::new();
    let mut y = MARGIN;
    for story in stories {
        let (section, below) = section(story, y, main, width);
        sections.push(section);
        y = below + MARGIN;
    }
    (sections, width, y)
}

fn section(story: &Story, top: usize, main: usize, width: usize) -> (Section, usize) {
    let mut y = top;
    let mut put = |text: &str, (size, height): (usize, usize), bold: bool| {
        let lines = wrap(text, width - 2 * MARGIN, size, bold);
        let placed: Vec<(String, usize)> =
            lines.into_iter().enumerate().map(|(n, line)| (line, y + n * height + size)).collect();
        y += placed.len() * height;
        placed
    };
    let heading = put(&story.label, HEADING, true);
    let mut below = put(&format!("flow {}", story.name), LINE, false);
    below.extend(put(story.description.as_deref().unwrap_or_default(), LINE, false));
    y += 16;
    let middle = MARGIN + main / 2;
    let mut bands = Vec::new();
    for row in &story.rows {
        let (band, bottom) = band(row, y, main, middle);
        bands.push(band);
        y = bottom + ROW_GAP;
    }
    (Section { heading, below, bands, middle }, y)
}

fn band(row: &Row, top: usize, main: usize, middle: usize) -> (Band, usize) {
    let framed = row.cards.len() > 1;
    let frame = if framed { FRAME } else { (0, 0) };
    let mut cards = Vec::new();
    let mut y = top + frame.1;
    for abreast in row.cards.chunks(ABREAST_MAX) {
        let wide = abreast.len() * (CARD_WIDTH + GAP) - GAP;
        let mut x = middle - wide / 2;
        let line: Vec<Panel> = abreast
            .iter()
            .map(|card| {
                let panel = panel(card.tone, &card.title, &card.lines, (x, y), CARD_WIDTH);
                x += CARD_WIDTH + GAP;
                panel
            })
            .collect();
        // Cards side by side are of one height.
        let height = line.iter().map(|panel| panel.place.height).max().unwrap_or(0);
        cards.extend(
            line.into_iter().map(|panel| Panel { place: Place { height, ..panel.place }, ..panel }),
        );
        y += height + GAP;
    }
    let inner = row.cards.len().min(ABREAST_MAX) * (CARD_WIDTH + GAP) - GAP;
    let width = inner + 2 * frame.0;
    let bottom = y - GAP + frame.0;
    let place = Place { x: middle - width / 2, y: top, width, height: bottom - top };
    let mut y = top;
    let mut exits = Vec::new();
    for exit in &row.exits {
        let at = (MARGIN + main + EXIT_GAP, y);
        let panel = panel(exit.tone, &exit.title, &exit.lines, at, EXIT_WIDTH);
        y += panel.place.height + GAP / 2;
        exits.push(panel);
    }
    (Band { place, framed, cards, exits }, bottom.max(y.saturating_sub(GAP / 2)))
}

fn panel(tone: Tone, title: &str, lines: &[String], at: (usize, usize), width: usize) -> Panel {
    let inner = width - 2 * PAD.0;
    let mut y = at.1 + PAD.1;
    let mut placed = Vec::new();
    let paragraphs = std::iter::once((title, TITLE, true))
        .chain(lines.iter().map(|line| (line.as_str(), LINE, false)));
    for (text, (size, height), bold) in paragraphs {
        for line in wrap(text, inner, size, bold) {
            placed.push((line, y + size, bold));
            y += height;
        }
        y += PARAGRAPH;
    }
    let place = Place { x: at.0, y: at.1, width, height: y - PARAGRAPH + PAD.1 - at.1 };
    Panel { tone, place, lines: placed }
}
