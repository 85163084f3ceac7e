//! Bodies of articles: Markdown in, inert HTML with named blocks and plain text out.
//!
//! `CommonMark` with tables, footnotes, strikethrough and bare links. What comes out can run nothing, load nothing but
//! pictures and lead nowhere but to `http`, `https`, `mailto` and `tel`. It never reads or writes anything, and it
//! never changes the author's Markdown.

mod policy;
mod press;
mod scan;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::collections::HashMap;
use std::sync::LazyLock;

use comrak::{Arena, Options, parse_document};
use xxhash_rust::xxh3::xxh3_64;

use self::press::{Draft, Press, Shape};
use self::scan::{Scanner, Token};
use self::text::Plain;
use crate::editorial::vocabulary::BlockKind;

/// A body as readers get it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// The blocks' HTML, each on a line of its own.
    pub html: String,
    /// The blocks' text, a blank line between them.
    pub text: String,
    /// How many words the text has.
    pub word_count: u32,
    /// The top-level elements in order.
    pub blocks: Vec<Block>,
}

/// One top-level element of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Made from the block's kind and words, so it stays the same when other blocks change.
    pub id: String,
    /// What the block is.
    pub kind: BlockKind,
    /// The element, inert, carrying the id.
    pub html: String,
    /// Its words: one line a paragraph, list item or table row.
    pub text: String,
}

/// A link in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Index of the block that holds it.
    pub block: usize,
    /// Where it leads.
    pub href: String,
    /// The linked words exactly as they stand in the block's text; empty around a picture.
    pub text: String,
    /// The words that stand for the first picture inside it.
    pub picture: String,
    /// The link's own title.
    pub title: String,
}

/// Renders a body. Bodies without raw HTML are printed straight from the syntax tree; only the others need the
/// sanitiser, which is several times slower.
#[must_use]
pub fn render(markdown: &str) -> Body {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &OPTIONS);
    if tree::has_raw_html(root) {
        return render_sanitised(root, markdown);
    }
    let mut press = Press::default();
    tree::walk(root, &mut press);
    press.finish()
}

/// The blocks of HTML that `render` wrote.
#[must_use]
pub fn blocks_of(html: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut reading: Option<Reading<'_>> = None;
    for piece in Scanner::new(html) {
        match piece.token {
            Token::Start { name, attributes } => {
                let class = scan::attribute(attributes, "class").unwrap_or_default();
                let block = reading.get_or_insert_with(|| Reading {
                    begins: piece.begins,
                    element: name,
                    id: scan::attribute(attributes, "id")
                        .unwrap_or_default()
                        .into_owned(),
                    depth: 0,
                    plain: Plain::default(),
                    shape: Shape {
                        pictures: 0,
                        footnotes: class == "footnotes",
                    },
                });
                block.plain.start(name, &class);
                block.shape.pictures += usize::from(name == "img");
                block.depth += usize::from(!text::is_void(name));
            }
            Token::Text(text) => {
                if let Some(block) = &mut reading {
                    block.plain.text(&scan::unescape(text));
                }
            }
            Token::End { name } => {
                if let Some(block) = &mut reading {
                    block.plain.end(name);
                    block.depth = block.depth.saturating_sub(1);
                }
            }
        }
        if let Some(finished) = reading.take_if(|block| block.depth == 0) {
            blocks.push(finished.block(html, piece.ends));
        }
    }
    blocks
}

/// The plain text of HTML that `render` wrote.
#[must_use]
pub fn text_of(html: &str) -> String {
    join_texts(&blocks_of(html))
}

/// The links of a body in order, those of raw HTML, reference links and footnotes among them; the ways to and from
/// footnotes are left out.
#[must_use]
pub fn links_of(blocks: &[Block]) -> Vec<Link> {
    let mut links = Vec::new();
    for (block, Block { html, .. }) in blocks.iter().enumerate() {
        let mut plain = Plain::default();
        let mut open: Option<(Link, usize)> = None;
        for piece in Scanner::new(html) {
            match piece.token {
                Token::Start { name, attributes } => {
                    plain.start(
                        name,
                        &scan::attribute(attributes, "class").unwrap_or_default(),
                    );
                    if name == "a" {
                        let value = |wanted| {
                            scan::attribute(attributes, wanted)
                                .unwrap_or_default()
                                .into_owned()
                        };
                        let link = Link {
                            block,
                            href: value("href"),
                            text: String::new(),
                            picture: String::new(),
                            title: value("title"),
                        };
                        open = Some((link, plain.position()));
                    } else if name == "img"
                        && let Some((link, _)) = &mut open
                        && link.picture.is_empty()
                    {
                        link.picture = scan::attribute(attributes, "alt")
                            .unwrap_or_default()
                            .into_owned();
                    }
                }
                Token::Text(text) => plain.text(&scan::unescape(text)),
                Token::End { name } => {
                    plain.end(name);
                    if name == "a"
                        && let Some((mut link, begins)) = open.take()
                    {
                        plain.since(begins).clone_into(&mut link.text);
                        if !link.href.is_empty() && !link.href.starts_with("#fn") {
                            links.push(link);
                        }
                    }
                }
            }
        }
    }
    links
}

/// Renders by way of the sanitiser, which judges raw HTML as a browser would read it. Raw HTML nested beyond all
/// reason is shown instead of obeyed.
fn render_sanitised<'a>(root: &'a comrak::nodes::AstNode<'a>, markdown: &str) -> Body {
    // An author cannot know the hash of the text that contains it, so the mark cannot be forged.
    let mark = format!("{:016x}", xxh3_64(markdown.as_bytes()));
    let mut draft = Draft {
        html: String::with_capacity(markdown.len() * 2),
        mark,
    };
    tree::walk(root, &mut draft);
    let mut press = Press::default();
    if nests_deeply(&draft.html) {
        // The time of a parser of HTML grows with the square of the depth; no article needs such depth.
        tree::walk(root, &mut press);
    } else {
        press.print(&stable(&draft.html), &draft.mark);
    }
    press.finish()
}

/// Sanitised HTML that reads the same again. Some tangles, such as a heading inside a link inside a heading, come out
/// of one reading in a form that the next would take apart, and blocks would be cut where no browser cuts them.
fn stable(html: &str) -> String {
    let mut clean = policy::SANITISER.clean(html).to_string();
    for _ in 0..4 {
        let again = policy::SANITISER.clean(&clean).to_string();
        if again == clean {
            break;
        }
        clean = again;
    }
    clean
}

/// Whether more elements stand open at once than any honest body needs.
fn nests_deeply(html: &str) -> bool {
    // By name, so that closing tags of elements that never opened do not hide the depth.
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut depth: usize = 0;
    html.split('<').skip(1).any(|tag| {
        let (closes, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let length = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let name = tag[..length].to_ascii_lowercase();
        if name.is_empty() || CLOSE_THEMSELVES.contains(&name.as_str()) {
            return false;
        }
        let count = open.entry(name).or_default();
        if !closes {
            *count += 1;
            depth += 1;
        } else if *count > 0 {
            *count -= 1;
            depth -= 1;
        }
        depth > 500
    })
}

/// Elements that hold nothing, or that the next of their kind closes.
const CLOSE_THEMSELVES: &[&str] = &[
    "br", "hr", "img", "wbr", "col", "input", "p", "li", "td", "th", "tr", "dt", "dd",
];

/// A block being read from HTML.
struct Reading<'a> {
    begins: usize,
    element: &'a str,
    id: String,
    depth: usize,
    plain: Plain,
    shape: Shape,
}

impl Reading<'_> {
    fn block(self, html: &str, ends: usize) -> Block {
        let text = self.plain.finish();
        Block {
            id: self.id,
            kind: press::kind_of(self.element, self.shape, &text),
            html: html.get(self.begins..ends).unwrap_or_default().to_owned(),
            text,
        }
    }
}

fn join_texts(blocks: &[Block]) -> String {
    let mut joined = String::with_capacity(blocks.iter().map(|block| block.text.len() + 2).sum());
    for text in blocks
        .iter()
        .map(|block| block.text.as_str())
        .filter(|text| !text.is_empty())
    {
        if !joined.is_empty() {
            joined.push_str("\n\n");
        }
        joined.push_str(text);
    }
    joined
}

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.footnotes = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options
});
