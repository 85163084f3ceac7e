//! Walks the syntax tree of a Markdown body and tells a sink what to print.
//!
//! It decides structure only; what may be printed is the press's business. It never recurses, so depth costs no stack.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{AstNode, ListType, NodeList, NodeValue, TableAlignment};

use super::press::Sink;

/// Elements nested deeper than this are left out, their content stays: parsers of HTML grow slow on deep nesting.
const DEEPEST: usize = 60;

/// Whether the body has raw HTML, which only the sanitiser may judge.
pub(super) fn has_raw_html<'a>(root: &'a AstNode<'a>) -> bool {
    root.descendants().any(|node| {
        matches!(
            node.data().value,
            NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) | NodeValue::Raw(_)
        )
    })
}

/// Sends the whole body to a sink.
pub(super) fn walk<'a>(root: &'a AstNode<'a>, sink: &mut impl Sink) {
    let mut walk = Walk {
        sink,
        depth: 0,
        links: 0,
        notes: 0,
        header_row: false,
        column: 0,
        alignments: Vec::new(),
    };
    let mut edges = root.traverse();
    while let Some(edge) = edges.next() {
        match edge {
            NodeEdge::Start(node) => {
                walk.enter(node);
                if matches!(node.data().value, NodeValue::Image(_)) {
                    // What an image holds is its alternative text, which has been printed as an attribute.
                    for inner in edges.by_ref() {
                        if matches!(inner, NodeEdge::End(ended) if ended.same_node(node)) {
                            break;
                        }
                    }
                }
            }
            NodeEdge::End(node) => walk.leave(node),
        }
    }
    if walk.notes > 0 {
        walk.sink.end("ol");
        walk.sink.end("section");
    }
}

struct Walk<'s, S> {
    sink: &'s mut S,
    depth: usize,
    /// How many links are open; HTML allows one.
    links: usize,
    /// How many footnotes have begun.
    notes: u32,
    header_row: bool,
    column: usize,
    alignments: Vec<TableAlignment>,
}

impl<S: Sink> Walk<'_, S> {
    fn enter<'a>(&mut self, node: &'a AstNode<'a>) {
        match &node.data().value {
            NodeValue::Text(text) => self.sink.text(text),
            NodeValue::SoftBreak => self.sink.text("\n"),
            NodeValue::LineBreak => self.sink.start("br", &[]),
            NodeValue::ThematicBreak => self.sink.start("hr", &[]),
            NodeValue::Paragraph if is_tight(node) => {}
            NodeValue::Paragraph => self.open("p", &[]),
            NodeValue::Heading(heading) => self.open(heading_name(heading.level), &[]),
            NodeValue::BlockQuote => self.open("blockquote", &[]),
            NodeValue::List(list) => self.open_list(list),
            NodeValue::Item(_) => self.open("li", &[]),
            NodeValue::Emph => self.open("em", &[]),
            NodeValue::Strong => self.open("strong", &[]),
            NodeValue::Strikethrough => self.open("del", &[]),
            NodeValue::Code(code) => {
                self.sink.start("code", &[]);
                self.sink.text(&code.literal);
                self.sink.end("code");
            }
            NodeValue::CodeBlock(block) => self.code_block(&block.info, &block.literal),
            NodeValue::Link(link) => {
                self.links += 1;
                if self.links == 1 {
                    self.open("a", &titled(&[("href", &link.url)], &link.title));
                }
            }
            NodeValue::Image(image) => {
                let alt = alternative_text(node);
                self.sink.start(
                    "img",
                    &titled(&[("src", &image.url), ("alt", &alt)], &image.title),
                );
            }
            NodeValue::Table(table) => {
                self.alignments.clone_from(&table.alignments);
                self.open("table", &[]);
            }
            NodeValue::TableRow(header) => self.open_row(*header, node.previous_sibling()),
            NodeValue::TableCell => self.open_cell(),
            NodeValue::FootnoteReference(reference) => {
                self.footnote_reference(reference.ix, reference.ref_num);
            }
            NodeValue::FootnoteDefinition(_) => self.open_footnote(),
            NodeValue::HtmlBlock(block) => self.sink.raw(&block.literal),
            NodeValue::HtmlInline(html) | NodeValue::Raw(html) => self.sink.raw(html),
            _ => {}
        }
    }

    fn leave<'a>(&mut self, node: &'a AstNode<'a>) {
        match &node.data().value {
            NodeValue::Paragraph => {
                self.lead_back(node);
                if !is_tight(node) {
                    self.close("p");
                }
            }
            NodeValue::Heading(heading) => self.close(heading_name(heading.level)),
            NodeValue::BlockQuote => self.close("blockquote"),
            NodeValue::List(list) => self.close(list_name(list)),
            NodeValue::Item(_) | NodeValue::FootnoteDefinition(_) => self.close("li"),
            NodeValue::Emph => self.close("em"),
            NodeValue::Strong => self.close("strong"),
            NodeValue::Strikethrough => self.close("del"),
            NodeValue::Link(_) => {
                self.links -= 1;
                if self.links == 0 {
                    self.close("a");
                }
            }
            NodeValue::Table(_) => {
                if node.children().count() > 1 {
                    self.sink.end("tbody");
                }
                self.close("table");
            }
            NodeValue::TableRow(header) => {
                self.close("tr");
                if *header {
                    self.sink.end("thead");
                }
            }
            NodeValue::TableCell => self.close(if self.header_row { "th" } else { "td" }),
            _ => {}
        }
    }

    fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.depth += 1;
        if self.depth <= DEEPEST {
            self.sink.start(name, attributes);
        }
    }

    fn close(&mut self, name: &'static str) {
        if self.depth <= DEEPEST {
            self.sink.end(name);
        }
        self.depth -= 1;
    }

    fn open_list(&mut self, list: &NodeList) {
        if list.list_type == ListType::Ordered && list.start != 1 {
            self.open("ol", &[("start", &list.start.to_string())]);
        } else {
            self.open(list_name(list), &[]);
        }
    }

    fn open_row(&mut self, header: bool, previous: Option<&AstNode<'_>>) {
        if header {
            self.sink.start("thead", &[]);
        } else if previous.is_none_or(|row| matches!(row.data().value, NodeValue::TableRow(true))) {
            self.sink.start("tbody", &[]);
        }
        self.header_row = header;
        self.column = 0;
        self.open("tr", &[]);
    }

    fn open_cell(&mut self) {
        let name = if self.header_row { "th" } else { "td" };
        let align = match self.alignments.get(self.column) {
            Some(TableAlignment::Left) => "left",
            Some(TableAlignment::Center) => "center",
            Some(TableAlignment::Right) => "right",
            _ => "",
        };
        self.column += 1;
        if align.is_empty() {
            self.open(name, &[]);
        } else {
            self.open(name, &[("align", align)]);
        }
    }

    fn code_block(&mut self, info: &str, literal: &str) {
        self.sink.start("pre", &[]);
        let language = info
            .split(|c: char| c.is_whitespace() || c.is_control() || c == ',')
            .next()
            .unwrap_or("");
        if language.is_empty() {
            self.sink.start("code", &[]);
        } else {
            self.sink
                .start("code", &[("class", &format!("language-{language}"))]);
        }
        self.sink.text(literal);
        self.sink.end("code");
        self.sink.end("pre");
    }

    fn footnote_reference(&mut self, note: u32, reference: u32) {
        self.sink.start("sup", &[("class", "footnote-ref")]);
        if self.links == 0 {
            let (href, id) = (format!("#fn-{note}"), reference_id(note, reference));
            self.sink.start("a", &[("href", &href), ("id", &id)]);
        }
        self.sink.text(&note.to_string());
        if self.links == 0 {
            self.sink.end("a");
        }
        self.sink.end("sup");
    }

    fn open_footnote(&mut self) {
        if self.notes == 0 {
            self.sink.start("section", &[("class", "footnotes")]);
            self.sink.start("ol", &[]);
        }
        self.notes += 1;
        self.open("li", &[("id", &format!("fn-{}", self.notes))]);
    }

    /// After the last paragraph of a footnote stand the ways back to where it was referred to.
    fn lead_back<'a>(&mut self, paragraph: &'a AstNode<'a>) {
        let Some(parent) = paragraph.parent() else {
            return;
        };
        let NodeValue::FootnoteDefinition(definition) = &parent.data().value else {
            return;
        };
        if paragraph.next_sibling().is_some() {
            return;
        }
        for reference in 1..=definition.total_references {
            let href = format!("#{}", reference_id(self.notes, reference));
            self.sink.text(" ");
            self.sink
                .start("a", &[("href", &href), ("class", "footnote-backref")]);
            self.sink.text("↩");
            self.sink.end("a");
        }
    }
}

fn reference_id(note: u32, reference: u32) -> String {
    if reference > 1 {
        format!("fnref-{note}-{reference}")
    } else {
        format!("fnref-{note}")
    }
}

/// Attributes with a title after them, when there is one.
fn titled<'v>(
    attributes: &[(&'static str, &'v str)],
    title: &'v str,
) -> Vec<(&'static str, &'v str)> {
    let mut attributes = attributes.to_vec();
    if !title.is_empty() {
        attributes.push(("title", title));
    }
    attributes
}

/// The words of an image: the text inside it without its markup.
fn alternative_text<'a>(image: &'a AstNode<'a>) -> String {
    let mut text = String::new();
    for node in image.descendants() {
        match &node.data().value {
            NodeValue::Text(words) => text.push_str(words),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// Whether a paragraph stands in a list that is written without blank lines.
fn is_tight<'a>(paragraph: &'a AstNode<'a>) -> bool {
    paragraph
        .parent()
        .and_then(AstNode::parent)
        .is_some_and(|list| matches!(&list.data().value, NodeValue::List(list) if list.tight))
}

fn list_name(list: &NodeList) -> &'static str {
    if list.list_type == ListType::Ordered {
        "ol"
    } else {
        "ul"
    }
}

fn heading_name(level: u8) -> &'static str {
    match level {
        1 => "h1",
        2 => "h2",
        3 => "h3",
        4 => "h4",
        5 => "h5",
        _ => "h6",
    }
}
