//! The plain text of markup: one line a paragraph, a list item or a table row; cells apart by tabs.
//!
//! It never sees escaped text, and it leaves out what is not the author's words: numbers of footnotes and the arrows
//! that lead back from them.

/// Gathers the text of one block from its tags and its text.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that is due or has happened, and they combine freely"
)]
#[derive(Default)]
pub(super) struct Plain {
    text: String,
    /// A line must begin before the next text.
    line_due: bool,
    /// A blank must stand before the next text.
    blank_due: bool,
    /// How many open elements keep every blank.
    verbatim: usize,
    /// Nothing but empty lines has come since `verbatim` began; a browser does not show them.
    verbatim_begins: bool,
    /// How many open elements are table cells, in which nothing breaks the line.
    cells: usize,
    /// Whether the row that is open has a cell already.
    row_has_cell: bool,
    /// How many open elements are left out with all they hold.
    silent: usize,
}

impl Plain {
    pub(super) fn start(&mut self, name: &str, class: &str) {
        if self.silent > 0 || is_silent(class) {
            if !is_void(name) {
                self.silent += 1;
            }
            return;
        }
        match name {
            "td" | "th" => {
                if self.row_has_cell {
                    self.begin_line_when_due();
                    self.text.push('\t');
                }
                self.blank_due = false;
                self.row_has_cell = true;
                self.cells += 1;
            }
            "tr" => {
                self.break_line();
                self.row_has_cell = false;
            }
            "br" => self.break_line(),
            "pre" => {
                self.break_line();
                self.verbatim += 1;
                self.verbatim_begins = true;
            }
            _ if breaks_lines(name) => self.break_line(),
            _ => {}
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if self.silent > 0 {
            self.silent -= 1;
            return;
        }
        match name {
            "td" | "th" => {
                self.cells = self.cells.saturating_sub(1);
                self.blank_due = false;
            }
            "pre" => {
                self.verbatim = self.verbatim.saturating_sub(1);
                let length = self.text.trim_end_matches('\n').len();
                self.text.truncate(length);
                self.break_line();
            }
            _ if breaks_lines(name) => self.break_line(),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.silent > 0 {
            return;
        }
        if self.verbatim > 0 {
            let text = if self.verbatim_begins {
                text.trim_start_matches('\n')
            } else {
                text
            };
            if !text.is_empty() {
                self.begin_line_when_due();
                self.verbatim_begins = false;
                self.text.push_str(text);
            }
            return;
        }
        let mut first = true;
        for word in text.split(|c: char| c.is_ascii_whitespace()) {
            if !std::mem::take(&mut first) {
                self.blank_due = true;
            }
            if !word.is_empty() {
                self.begin_line_when_due();
                if std::mem::take(&mut self.blank_due) && !self.at_line_start() {
                    self.text.push(' ');
                }
                self.text.push_str(word);
            }
        }
    }

    /// Where the next word will stand, so that the caller can take out the words of a link.
    pub(super) fn position(&self) -> usize {
        self.text.len()
    }

    /// The text so far from a position on.
    pub(super) fn since(&self, position: usize) -> &str {
        self.text.get(position..).unwrap_or("").trim()
    }

    /// The finished text.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        let leading = self.text.len() - self.text.trim_start_matches(['\n', '\t']).len();
        if leading > 0 {
            self.text.drain(..leading);
        }
        self.text
    }

    fn break_line(&mut self) {
        if self.cells > 0 {
            self.blank_due = true;
        } else {
            self.line_due = !self.text.is_empty();
            self.blank_due = false;
        }
    }

    fn begin_line_when_due(&mut self) {
        if std::mem::take(&mut self.line_due) {
            self.text.push('\n');
            self.blank_due = false;
        }
    }

    fn at_line_start(&self) -> bool {
        self.text.is_empty() || self.text.ends_with(['\n', '\t'])
    }
}

/// How many words a text has: runs between blanks that hold a letter or a digit; where a script writes no blanks,
/// every character counts.
pub(super) fn words_in(text: &str) -> u32 {
    let mut words: u32 = 0;
    let mut inside = false;
    for character in text.chars() {
        if character.is_ascii() {
            if character.is_ascii_alphanumeric() {
                words += u32::from(!inside);
                inside = true;
            } else if character.is_ascii_whitespace() {
                inside = false;
            }
        } else if is_written_without_blanks(character) {
            words += 1;
            inside = false;
        } else if character.is_alphanumeric() {
            words += u32::from(!inside);
            inside = true;
        } else if character.is_whitespace() || matches!(character, '—' | '–') {
            inside = false;
        }
    }
    words
}

fn is_written_without_blanks(character: char) -> bool {
    matches!(u32::from(character), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

fn is_silent(class: &str) -> bool {
    matches!(class, "footnote-ref" | "footnote-backref")
}

pub(super) fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "wbr" | "col")
}

/// Whether an element stands on lines of its own.
pub(super) fn breaks_lines(name: &str) -> bool {
    matches!(
        name,
        "p" | "li"
            | "ul"
            | "ol"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "blockquote"
            | "pre"
            | "table"
            | "tr"
            | "thead"
            | "tbody"
            | "tfoot"
            | "caption"
            | "div"
            | "section"
            | "figure"
            | "figcaption"
            | "dl"
            | "dt"
            | "dd"
            | "hr"
            | "details"
            | "summary"
            | "article"
            | "aside"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "center"
            | "address"
            | "hgroup"
    )
}
