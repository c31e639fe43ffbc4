//! Files that use every form of HCL, laid out at random: white space where some may stand, comments
//! where they are allowed, lines broken or not.
//!
//! What is written is good HCL for Terraform and for the compiler alike. Left out is what the
//! formatter treats otherwise on purpose: a lone `${x}` in quotes as a whole value, and labels with
//! a comment between them or an escape in them; and `x[null]`, of which Terraform loses the word.

use crate::chance::Chance;

/// Names, with dashes and characters of several widths.
const NAMES: [&str; 12] =
    ["a", "bb", "name", "some_name", "x-y", "größe", "名前", "_u", "if", "for", "in", "null"];

/// Pieces of texts in quotes.
const PIECES: [&str; 16] = [
    "x",
    "two words",
    "\\n",
    "\\\"",
    "\\\\",
    "\\u00e9",
    "$${",
    "%%{",
    "$ ",
    "% ",
    "é",
    "日本",
    "👩‍👩‍👧",
    "e\u{301}",
    "= [{(#",
    "क्षि",
];

/// Operators with two sides.
const OPERATORS: [&str; 13] =
    ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

/// End markers of heredocs.
const MARKERS: [&str; 3] = ["EOT", "EOF", "end-of-text"];

/// How deep values are nested.
const DEPTH: usize = 4;

/// Writes one file.
pub fn file(chance: &mut Chance) -> String {
    let mut maker = Maker { chance, out: String::new(), count: 0 };
    maker.body(0);
    let mut text = maker.out;
    match maker.chance.below(12) {
        0 => text = text.replace('\n', "\r\n"),
        1 if !text.is_empty() => text.insert(0, '\u{feff}'),
        // A heredoc's marker must have its line break.
        2 if !MARKERS.iter().any(|marker| text.trim_end().ends_with(marker)) => drop(text.pop()),
        _ => {}
    }
    text
}

struct Maker<'a> {
    chance: &'a mut Chance,
    out: String,
    /// Counts names, so that none stands twice.
    count: usize,
}

impl Maker<'_> {
    fn one_in(&mut self, n: usize) -> bool {
        self.chance.below(n) == 0
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn pick(&mut self, from: &[&str]) {
        let text = from[self.chance.below(from.len())];
        self.put(text);
    }

    /// White space or none.
    fn gap(&mut self) {
        self.pick(&["", "", " ", " ", "  ", "\t", " \t "]);
        if self.one_in(25) {
            self.pick(&["/* c */", "/**/ ", " /* two\n lines */ "]);
        }
    }

    /// White space that must be there.
    fn space(&mut self) {
        self.pick(&[" ", " ", "  ", "\t"]);
    }

    /// White space where a line may break, within brackets.
    fn wide(&mut self) {
        self.gap();
        if self.one_in(6) {
            self.line_end();
            self.gap();
        }
    }

    /// The end of a line, with a comment or without, and blank lines.
    fn line_end(&mut self) {
        self.pick(&["", "", " ", "\t "]);
        if self.one_in(5) {
            self.pick(&["# c", "// c  ", "#", "/* c */", "# \" { [ ${ 名 "]);
        }
        self.pick(&["\n", "\n", "\n", "\n\n", "\n  \n\n"]);
    }

    fn name(&mut self) -> String {
        self.count += 1;
        let name = NAMES[self.chance.below(NAMES.len())];
        format!("{name}{}", self.count)
    }

    fn body(&mut self, depth: usize) {
        for _ in 0..self.chance.below(if depth == 0 { 14 } else { 5 }) {
            self.gap_without_comment();
            match self.chance.below(10) {
                0 => self.comment(),
                1 | 2 if depth < 3 => self.block(depth),
                3 => self.put("\n"),
                _ => self.attribute(true),
            }
        }
    }

    fn gap_without_comment(&mut self) {
        self.pick(&["", "", " ", "  ", "      ", "\t"]);
    }

    fn comment(&mut self) {
        self.pick(&["# c\n", "//c\n", "/* c */\n", "/* one\n   two\n*/\n", "#\n", "# c   \n"]);
    }

    fn attribute(&mut self, whole_line: bool) {
        let name = self.name();
        self.put(&name);
        self.gap();
        self.put("=");
        self.gap();
        if whole_line && self.one_in(8) {
            self.heredoc();
            self.put("\n");
            return;
        }
        self.value(0, false);
        if whole_line {
            self.line_end();
        }
    }

    fn block(&mut self, depth: usize) {
        let name = self.name();
        self.put(&name);
        for _ in 0..self.chance.below(3) {
            self.space();
            let label = self.name();
            let quoted = !self.one_in(3);
            self.put(&if quoted { format!("\"{label} !\"") } else { label });
        }
        self.gap_without_comment();
        self.put("{");
        match self.chance.below(6) {
            0 => self.pick(&["", " ", "\t"]),
            1 => {
                self.gap();
                self.attribute(false);
                self.gap();
            }
            _ => {
                self.line_end();
                self.body(depth + 1);
                self.gap_without_comment();
            }
        }
        self.put("}");
        self.line_end();
    }

    /// A value; `wide` where lines may break, within round or square brackets.
    fn value(&mut self, depth: usize, wide: bool) {
        let kinds = if depth >= DEPTH { 6 } else { 20 };
        match self.chance.below(kinds) {
            0 => self.pick(&["0", "1.5", "2e3", "4E+5", "6.25e-7", "1234567890"]),
            1 => self.pick(&["true", "false", "null", "x", "a-b", "größe"]),
            2 => self.string(depth, false),
            3 => {
                self.pick(&["x.y", "x . y", "x.y.z", "x [0]", "x[ \"k\" ].y", "x.*.y", "x[*] . y"])
            }
            4 => self.pick(&["[]", "[ ]", "{}", "{ }", "f()", "a::f( )"]),
            5 => self.pick(&["\"\"", "\"x\"", "-1", "- x", "!x", "! x", "-x.y"]),
            6 | 7 => self.list(depth),
            8 | 9 => self.object(depth),
            10 | 11 => self.call(depth),
            12 => self.round(depth),
            13 | 14 => self.binary(depth, wide),
            15 => self.conditional(depth, wide),
            16 => self.for_list(depth),
            17 => self.for_object(depth),
            18 => {
                self.pick(&["-", "- ", "!", "! "]);
                self.operand(depth);
            }
            _ => self.access(depth),
        }
    }

    fn some_gap(&mut self, wide: bool) {
        if wide { self.wide() } else { self.gap() }
    }

    /// A value that binds tighter than every operator.
    fn operand(&mut self, depth: usize) {
        match self.chance.below(5) {
            0 => self.round(depth + 1),
            1 => self.call(depth + 1),
            2 => self.string(depth + 1, true),
            3 => self.pick(&["1", "2.5", "x.y", "x[0]"]),
            _ => self.pick(&["x", "y_z", "a-b"]),
        }
    }

    fn binary(&mut self, depth: usize, wide: bool) {
        self.operand(depth);
        for _ in 0..=self.chance.below(2) {
            self.some_gap(wide);
            self.space();
            self.pick(&OPERATORS);
            if self.out.ends_with('/') {
                self.put(" ");
            }
            self.some_gap(wide);
            if self.one_in(6) {
                self.pick(&["-", "!"]);
            }
            self.operand(depth);
        }
    }

    fn conditional(&mut self, depth: usize, wide: bool) {
        self.operand(depth);
        self.some_gap(wide);
        self.put("?");
        self.some_gap(wide);
        self.value(depth + 1, wide);
        self.some_gap(wide);
        self.space();
        self.put(":");
        self.some_gap(wide);
        self.value(depth + 1, wide);
    }

    fn round(&mut self, depth: usize) {
        self.put("(");
        self.wide();
        self.value(depth + 1, true);
        self.wide();
        self.put(")");
    }

    fn access(&mut self, depth: usize) {
        match self.chance.below(4) {
            0 => self.call(depth + 1),
            1 => self.round(depth + 1),
            _ => self.pick(&["x", "y_z"]),
        }
        for _ in 0..=self.chance.below(2) {
            self.pick(&["", "", " "]);
            match self.chance.below(4) {
                0 => self.pick(&[".y", " . y", "[*]", "[ * ].w"]),
                1 => {
                    self.put("[");
                    self.gap();
                    self.operand(depth + 2);
                    self.gap();
                    self.put("]");
                }
                _ => self.pick(&[".y", "[0]", "[ 1 ]", "[\"k\"]"]),
            }
        }
    }

    /// Elements with a comma behind each but perhaps the last.
    fn elements(&mut self, depth: usize, end: &str) {
        let over_lines = self.one_in(2);
        let count = self.chance.below(4);
        self.gap();
        if over_lines {
            self.line_end();
        }
        for i in 0..count {
            self.gap();
            if over_lines && self.one_in(12) {
                self.heredoc();
                self.put("\n");
            } else {
                self.value(depth + 1, true);
            }
            self.gap();
            if i + 1 < count || self.one_in(3) {
                self.put(",");
            }
            if over_lines {
                self.line_end();
            } else {
                self.gap();
            }
        }
        self.put(end);
    }

    fn list(&mut self, depth: usize) {
        self.put("[");
        self.elements(depth, "]");
    }

    fn call(&mut self, depth: usize) {
        self.pick(&["f", "g", "lower", "a::f", "a::b::f"]);
        self.pick(&["", "", " "]);
        self.put("(");
        if self.one_in(8) {
            self.gap();
            self.value(depth + 1, true);
            self.put("...");
            self.gap();
            self.put(")");
        } else {
            self.elements(depth, ")");
        }
    }

    fn object(&mut self, depth: usize) {
        self.put("{");
        let over_lines = self.one_in(2);
        let count = self.chance.below(4);
        self.gap();
        if over_lines {
            self.line_end();
        }
        for i in 0..count {
            self.gap();
            let name = self.name();
            match self.chance.below(5) {
                0 => self.put(&format!("\"{name}\"")),
                1 => self.put(&format!("({name})")),
                2 => self.put(&format!("\"${{x}}{name}\"")),
                _ => self.put(&name),
            }
            self.gap();
            self.pick(&["=", "=", ":"]);
            self.gap();
            if over_lines && self.one_in(12) {
                self.heredoc();
                self.put("\n");
                continue;
            }
            self.value(depth + 1, false);
            self.gap();
            match (over_lines, i + 1 < count) {
                (true, _) => {
                    self.pick(&["", "", ","]);
                    self.line_end();
                }
                (false, true) => self.put(","),
                (false, false) => self.pick(&["", "", ","]),
            }
        }
        self.gap();
        self.put("}");
    }

    fn for_intro(&mut self, depth: usize) {
        self.wide();
        self.put("for");
        self.space();
        self.pick(&["k", "v", "k,v", "k , v"]);
        self.space();
        self.put("in");
        self.space();
        self.value(depth + 2, true);
        self.space();
        self.put(":");
        self.wide();
    }

    fn for_end(&mut self, depth: usize) {
        if self.one_in(3) {
            self.wide();
            self.space();
            self.put("if");
            self.space();
            self.operand(depth + 2);
        }
        self.wide();
    }

    fn for_list(&mut self, depth: usize) {
        self.put("[");
        self.for_intro(depth);
        self.value(depth + 1, true);
        self.for_end(depth);
        self.put("]");
    }

    fn for_object(&mut self, depth: usize) {
        self.put("{");
        self.for_intro(depth);
        self.operand(depth + 2);
        self.wide();
        self.put("=>");
        self.wide();
        self.operand(depth + 1);
        self.pick(&["", "", "...", " ..."]);
        self.for_end(depth);
        self.put("}");
    }

    /// A text in quotes; `alone` where a lone interpolation may stand.
    fn string(&mut self, depth: usize, alone: bool) {
        self.put("\"");
        if !alone {
            self.pick(&PIECES[..2]);
        }
        for _ in 0..self.chance.below(4) {
            match self.chance.below(4) {
                0 if depth < DEPTH => self.interpolation(depth),
                1 if depth < DEPTH => self.directive(depth),
                _ => self.pick(&PIECES),
            }
        }
        // A lone `$` before the quote or a template would be read as the start of one.
        self.put("x\"");
    }

    fn interpolation(&mut self, depth: usize) {
        self.pick(&["x${", "x${", "x${~"]);
        self.pick(&["", " ", "  "]);
        self.value(depth + 2, true);
        self.pick(&["", " "]);
        self.pick(&["}", "}", "~}"]);
    }

    fn directive(&mut self, depth: usize) {
        self.pick(&["x%{", "x%{ ", "x%{~ "]);
        if self.one_in(2) {
            self.put("if ");
            self.operand(depth + 2);
            self.pick(&["}", " }", " ~}"]);
            self.pick(&["y", " y ", ""]);
            if self.one_in(2) {
                self.pick(&["%{else}", "%{ else }", "%{~ else ~}"]);
                self.pick(&["z", " z "]);
            }
            self.pick(&["%{endif}", "%{ endif }", "%{~endif~}"]);
        } else {
            self.pick(&["for v in ", "for k,v in ", "for k , v in "]);
            self.operand(depth + 2);
            self.pick(&["}", " }", " ~}"]);
            self.pick(&["y", "${v}", " ${ v } "]);
            self.pick(&["%{endfor}", "%{ endfor }", "%{~endfor~}"]);
        }
    }

    /// Without the line break behind its marker.
    fn heredoc(&mut self) {
        self.pick(&["<<", "<<-"]);
        let marker = MARKERS[self.chance.below(MARKERS.len())];
        self.put(marker);
        self.put("\n");
        for _ in 0..self.chance.below(4) {
            self.pick(&["", "  ", "\t", "    "]);
            for _ in 0..self.chance.below(4) {
                match self.chance.below(5) {
                    0 => self.interpolation(DEPTH - 2),
                    1 => self.directive(DEPTH - 2),
                    2 => self.pick(&["\"quoted\"", "a = [1,2]", "# no comment", "{", "  "]),
                    _ => self.pick(&PIECES[..]),
                }
            }
            self.put("x\n");
        }
        self.pick(&["", "  ", "\t"]);
        self.put(marker);
    }
}
