//! The press prints the events of a body (tags, text) as HTML, cuts it into blocks and names them.
//!
//! Whoever sends the events, nothing is printed that the policy does not allow; text is always escaped.

use std::borrow::Cow;
use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::policy::{self, Fate};
use super::scan::{self, Scanner, Token};
use super::text::{Plain, breaks_lines, is_void};
use super::{Block, Body, join_texts, text};
use crate::editorial::vocabulary::BlockKind;

/// Receives a body piece by piece.
pub(super) trait Sink {
    /// Opens an element; one that the syntax tree states, with ids and classes that are to stay.
    fn start(&mut self, name: &'static str, attributes: &[(&str, &str)]);
    fn end(&mut self, name: &'static str);
    fn text(&mut self, text: &str);
    /// Raw HTML of the author.
    fn raw(&mut self, html: &str);
}

/// Prints finished blocks.
#[derive(Default)]
pub(super) struct Press {
    blocks: Vec<Block>,
    open: Option<OpenBlock>,
    /// The elements that are open, outermost first.
    elements: Vec<Element>,
    /// A `pre` has just opened: line ends that follow would be lost in a browser.
    pre_begins: bool,
    /// How often each name of a block was given.
    names_given: HashMap<u64, u32>,
}

/// A block in the making.
struct OpenBlock {
    element: &'static str,
    /// The press opened it around loose text.
    implied: bool,
    /// Attributes of its start tag, ready to print.
    attributes: String,
    /// All that stands between its tags.
    inner: String,
    plain: Plain,
    shape: Shape,
}

/// One open element of the events.
enum Element {
    /// Printed under this name.
    Printed(&'static str),
    /// The element that is the block itself.
    Block,
    Boxed,
    Unwrapped,
}

/// What decides the kind of a block beside its element.
#[derive(Default, Clone, Copy)]
pub(super) struct Shape {
    pub pictures: usize,
    pub footnotes: bool,
}

impl Press {
    pub(super) fn finish(mut self) -> Body {
        while !self.elements.is_empty() {
            self.close();
        }
        self.finish_block();
        let mut html =
            String::with_capacity(self.blocks.iter().map(|block| block.html.len() + 1).sum());
        for block in &self.blocks {
            html.push_str(&block.html);
            html.push('\n');
        }
        let text = join_texts(&self.blocks);
        Body {
            word_count: text::words_in(&text),
            html,
            text,
            blocks: self.blocks,
        }
    }

    /// Prints regular HTML of the sanitiser. Ids and classes stay only on elements that carry the mark.
    pub(super) fn print(&mut self, html: &str, mark: &str) {
        for piece in Scanner::new(html) {
            match piece.token {
                Token::Text(text) => self.text(&scan::unescape(text)),
                Token::End { name } => self.close_named(name),
                Token::Start { name, attributes } => {
                    let attributes: Vec<(&str, Cow<'_, str>)> =
                        scan::attributes_of(attributes).collect();
                    let ours = attributes
                        .iter()
                        .any(|(name, value)| *name == policy::OURS && value == mark);
                    let attributes: Vec<(&str, &str)> = attributes
                        .iter()
                        .map(|(name, value)| (*name, value.as_ref()))
                        .collect();
                    self.open(name, &attributes, ours);
                }
            }
        }
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)], ours: bool) {
        self.pre_begins = name == "pre";
        let fate = match policy::fate(name) {
            // Only the walk over the tree writes sections; foreign ones mean nothing once their classes are gone.
            Fate::Printed("section") if !ours => Fate::Boxed("section"),
            fate => fate,
        };
        match fate {
            Fate::Unwrapped => self.elements.push(Element::Unwrapped),
            Fate::Boxed(_) if self.stands_at_top() => {
                self.finish_block();
                self.elements.push(Element::Boxed);
            }
            Fate::Boxed(name) => self.open_inside(name, attributes, false),
            Fate::Printed(name)
                if self.stands_at_top() && (breaks_lines(name) || self.open.is_none()) =>
            {
                self.finish_block();
                if breaks_lines(name) {
                    self.open = Some(OpenBlock::new(name, attributes, ours));
                    if is_void(name) {
                        self.finish_block();
                    } else {
                        self.elements.push(Element::Block);
                    }
                } else {
                    self.open = Some(OpenBlock::implied());
                    self.open_inside(name, attributes, ours);
                }
            }
            Fate::Printed(name) => self.open_inside(name, attributes, ours),
        }
    }

    fn open_inside(&mut self, name: &'static str, attributes: &[(&str, &str)], ours: bool) {
        let Some(open) = &mut self.open else { return };
        if open.implied && breaks_lines(name) {
            // A paragraph cannot hold it: a browser would close the paragraph before it.
            open.element = "div";
        }
        open.inner.push('<');
        open.inner.push_str(name);
        let class = print_attributes(&mut open.inner, name, attributes, ours);
        open.inner.push('>');
        open.plain.start(name, class);
        open.shape.pictures += usize::from(name == "img");
        if !is_void(name) {
            self.elements.push(Element::Printed(name));
        }
    }

    fn close_named(&mut self, name: &str) {
        if !is_void(name) {
            self.close();
        }
    }

    fn close(&mut self) {
        self.pre_begins = false;
        match self.elements.pop() {
            Some(Element::Printed(name)) => {
                if let Some(open) = &mut self.open {
                    open.inner.push_str("</");
                    open.inner.push_str(name);
                    open.inner.push('>');
                    open.plain.end(name);
                }
            }
            Some(Element::Block | Element::Boxed) => self.finish_block(),
            Some(Element::Unwrapped) | None => {}
        }
    }

    /// Whether the next element would stand directly in the body or in loose text of the body.
    fn stands_at_top(&self) -> bool {
        match &self.open {
            None => true,
            Some(open) if open.implied => self
                .elements
                .iter()
                .all(|element| matches!(element, Element::Boxed | Element::Unwrapped)),
            Some(_) => false,
        }
    }

    fn finish_block(&mut self) {
        let Some(open) = self.open.take() else { return };
        let text = open.plain.finish();
        if text.is_empty() && open.shape.pictures == 0 && open.element != "hr" {
            return;
        }
        let kind = kind_of(open.element, open.shape, &text);
        let id = self.name_for(kind, if text.is_empty() { &open.inner } else { &text });
        let mut html = String::with_capacity(open.inner.len() + open.attributes.len() + 40);
        html.push('<');
        html.push_str(open.element);
        html.push_str(" id=\"");
        html.push_str(&id);
        html.push('"');
        html.push_str(&open.attributes);
        html.push('>');
        if !is_void(open.element) {
            html.push_str(if open.implied {
                open.inner.trim_ascii()
            } else {
                &open.inner
            });
            html.push_str("</");
            html.push_str(open.element);
            html.push('>');
        }
        self.blocks.push(Block {
            id,
            kind,
            html,
            text,
        });
    }

    /// A name made from what the block says, so that it outlives edits elsewhere; a repeat gets a number.
    fn name_for(&mut self, kind: BlockKind, said: &str) -> String {
        let hash = xxh3_64_with_seed(said.as_bytes(), u64::from(kind.code().unsigned_abs()));
        let mut id = String::with_capacity(20);
        id.push_str("b-");
        data_encoding::BASE32_NOPAD.encode_append(&hash.to_be_bytes(), &mut id);
        id.make_ascii_lowercase();
        let given = self.names_given.entry(hash).or_default();
        *given += 1;
        if *given > 1 {
            id.push('-');
            id.push_str(&given.to_string());
        }
        id
    }
}

impl Sink for Press {
    fn start(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.open(name, attributes, true);
    }

    fn end(&mut self, name: &'static str) {
        self.close_named(name);
    }

    fn text(&mut self, text: &str) {
        if self.open.is_none() {
            if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
                return;
            }
            self.open = Some(OpenBlock::implied());
        }
        let Some(open) = &mut self.open else { return };
        let text = printable(text);
        let text = if self.pre_begins {
            text.trim_start_matches('\n')
        } else {
            &text
        };
        self.pre_begins &= text.is_empty();
        escape_into(&mut open.inner, text);
        open.plain.text(text);
    }

    fn raw(&mut self, html: &str) {
        // The fast way has no raw HTML; should some come, it is shown, not obeyed.
        self.text(html);
    }
}

impl OpenBlock {
    fn new(element: &'static str, attributes: &[(&str, &str)], ours: bool) -> Self {
        // The element of a block bears the block's name and no other.
        let attributes: Vec<(&str, &str)> = attributes
            .iter()
            .copied()
            .filter(|(name, _)| *name != "id")
            .collect();
        let attributes = attributes.as_slice();
        let mut printed = String::new();
        let class = print_attributes(&mut printed, element, attributes, ours).to_owned();
        let mut plain = Plain::default();
        plain.start(element, &class);
        let shape = Shape {
            pictures: 0,
            footnotes: class == "footnotes",
        };
        Self {
            element,
            implied: false,
            attributes: printed,
            inner: String::with_capacity(512),
            plain,
            shape,
        }
    }

    fn implied() -> Self {
        Self {
            implied: true,
            ..Self::new("p", &[], false)
        }
    }
}

/// A draft in HTML for the sanitiser, in which elements of the syntax tree carry a mark.
pub(super) struct Draft {
    pub html: String,
    pub mark: String,
}

impl Sink for Draft {
    fn start(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.html.push('<');
        self.html.push_str(name);
        for (attribute, value) in attributes {
            push_attribute(&mut self.html, attribute, value);
        }
        push_attribute(&mut self.html, policy::OURS, &self.mark);
        self.html.push('>');
    }

    fn end(&mut self, name: &'static str) {
        self.html.push_str("</");
        self.html.push_str(name);
        self.html.push('>');
    }

    fn text(&mut self, text: &str) {
        escape_into(&mut self.html, &printable(text));
    }

    fn raw(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

/// The kind of a block, from its element and what it holds.
pub(super) fn kind_of(element: &str, shape: Shape, text: &str) -> BlockKind {
    match element {
        "p" if text.is_empty() && shape.pictures > 0 => BlockKind::Image,
        "p" => BlockKind::Paragraph,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => BlockKind::Heading,
        "ul" | "ol" | "dl" => BlockKind::List,
        "blockquote" => BlockKind::Quotation,
        "pre" => BlockKind::Code,
        "table" => BlockKind::Table,
        "figure" if shape.pictures > 0 => BlockKind::Image,
        "hr" => BlockKind::Rule,
        "section" if shape.footnotes => BlockKind::Footnotes,
        _ => BlockKind::Html,
    }
}

/// Prints what the policy allows of some attributes and returns the class that the text must know of.
fn print_attributes<'v>(
    html: &mut String,
    element: &str,
    attributes: &[(&str, &'v str)],
    ours: bool,
) -> &'v str {
    if attributes.is_empty() {
        return "";
    }
    let find = |wanted: &str| {
        attributes
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| *value)
    };
    let mut known_class = "";
    if ours {
        if let Some(id) = find("id") {
            push_attribute(html, "id", id);
        }
        if let Some(class) = find("class")
            && matches!(class, "footnotes" | "footnote-ref" | "footnote-backref")
        {
            push_attribute(html, "class", class);
            known_class = class;
        }
    }
    let mut linked = false;
    for name in policy::attributes_allowed(element)
        .iter()
        .chain(&["lang", "dir"])
    {
        if let Some(value) =
            find(name).and_then(|value| policy::value_allowed(element, name, value))
        {
            push_attribute(html, name, &value);
            linked |= *name == "href";
        }
    }
    if linked {
        push_attribute(html, "rel", "noopener noreferrer");
    }
    known_class
}

fn push_attribute(html: &mut String, name: &str, value: &str) {
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    escape_into(html, &printable(value));
    html.push('"');
}

/// Text without the control characters that parsers of HTML change or refuse.
fn printable(text: &str) -> Cow<'_, str> {
    let odd = |c: char| c < ' ' && c != '\n' && c != '\t';
    if text
        .bytes()
        .any(|byte| byte < b' ' && byte != b'\n' && byte != b'\t')
    {
        Cow::Owned(text.replace(odd, ""))
    } else {
        Cow::Borrowed(text)
    }
}

fn escape_into(html: &mut String, text: &str) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let reference = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        html.push_str(&text[done..at]);
        html.push_str(reference);
        done = at + 1;
    }
    html.push_str(&text[done..]);
}
