//! Reads the one regular kind of HTML that the press and the sanitiser write: quoted attributes, escaped text.
//!
//! It never repairs anything and is no parser of foreign HTML; that is the sanitiser's work.

use std::borrow::Cow;

/// One piece of regular HTML and where it stands.
pub(super) struct Piece<'a> {
    pub token: Token<'a>,
    /// Byte offset of its first byte.
    pub begins: usize,
    /// Byte offset after its last byte.
    pub ends: usize,
}

/// What a piece is.
pub(super) enum Token<'a> {
    Start {
        name: &'a str,
        attributes: &'a str,
    },
    End {
        name: &'a str,
    },
    /// Text, still escaped.
    Text(&'a str),
}

/// The pieces of regular HTML in order.
pub(super) struct Scanner<'a> {
    html: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { html, at: 0 }
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let begins = self.at;
        let rest = self.html.get(begins..).filter(|rest| !rest.is_empty())?;
        let Some(inner) = rest.strip_prefix('<') else {
            let length = rest.find('<').unwrap_or(rest.len());
            self.at = begins + length;
            return Some(Piece {
                token: Token::Text(&rest[..length]),
                begins,
                ends: self.at,
            });
        };
        let close = end_of_tag(inner);
        let tag = &inner[..close];
        self.at = (begins + 1 + close + 1).min(self.html.len());
        let token = if let Some(name) = tag.strip_prefix('/') {
            Token::End {
                name: name.trim_end(),
            }
        } else {
            let name_length = tag
                .find(|c: char| c.is_ascii_whitespace() || c == '/')
                .unwrap_or(tag.len());
            Token::Start {
                name: &tag[..name_length],
                attributes: &tag[name_length..],
            }
        };
        Some(Piece {
            token,
            begins,
            ends: self.at,
        })
    }
}

/// Where the `>` of a tag stands, which may also occur inside quotation marks.
fn end_of_tag(inner: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at,
            _ => {}
        }
    }
    inner.len()
}

/// The attributes of a start tag, names as written and values with their references resolved.
pub(super) fn attributes_of(attributes: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let mut rest = attributes;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let name_length = rest
            .find(|c: char| c.is_ascii_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let name = &rest[..name_length];
        rest = &rest[name_length..];
        let Some(quoted) = rest.strip_prefix("=\"") else {
            // A lone `=` must not stop the walk.
            rest = rest.strip_prefix('=').unwrap_or(rest);
            return Some((name, Cow::Borrowed("")));
        };
        let length = quoted.find('"').unwrap_or(quoted.len());
        rest = quoted.get(length + 1..).unwrap_or("");
        Some((name, unescape(&quoted[..length])))
    })
}

/// The value of one attribute.
pub(super) fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    attributes_of(attributes).find_map(|(name, value)| (name == wanted).then_some(value))
}

/// Text with the few references resolved that the press and the sanitiser write.
pub(super) fn unescape(escaped: &str) -> Cow<'_, str> {
    if !escaped.contains('&') {
        return Cow::Borrowed(escaped);
    }
    let mut plain = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [
            ("&amp;", '&'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
            ("&nbsp;", '\u{a0}'),
        ];
        if let Some((reference, character)) = known
            .into_iter()
            .find(|(reference, _)| rest.starts_with(reference))
        {
            plain.push(character);
            rest = &rest[reference.len()..];
        } else {
            plain.push('&');
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
