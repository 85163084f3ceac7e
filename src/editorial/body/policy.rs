//! What markup may reach a reader: the elements, their attributes and the schemes of their addresses.
//!
//! It lists what is allowed and never what is forbidden; whatever has no line here does not exist.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use url::Url;

/// What the press does with an element of foreign markup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Printed under this name.
    Printed(&'static str),
    /// A box without a meaning of its own: at the top it is opened, inside a block it keeps its name.
    Boxed(&'static str),
    /// Left out, its content stays.
    Unwrapped,
}

/// Decides on an element by its name.
pub(super) fn fate(name: &str) -> Fate {
    if let Some((printed, _)) = ELEMENTS.iter().find(|(printed, _)| *printed == name) {
        Fate::Printed(printed)
    } else if let Some(boxed) = BOXES.iter().find(|boxed| **boxed == name) {
        Fate::Boxed(boxed)
    } else {
        Fate::Unwrapped
    }
}

/// The attributes an element may carry, in the order in which they are printed.
pub(super) fn attributes_allowed(name: &str) -> &'static [&'static str] {
    match ELEMENTS.iter().find(|(printed, _)| *printed == name) {
        Some((_, attributes)) => attributes,
        None => &[],
    }
}

/// The value of an attribute as it may be printed, or nothing when it may not.
pub(super) fn value_allowed<'v>(
    element: &str,
    attribute: &str,
    value: &'v str,
) -> Option<Cow<'v, str>> {
    match attribute {
        "href" => address(value, &["http", "https", "mailto", "tel"]),
        "src" | "cite" => address(value, &["http", "https"]),
        "width" | "height" | "start" | "value" | "colspan" | "rowspan" => (!value.is_empty()
            && value.len() <= 9
            && value.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(Cow::Borrowed(value)),
        "align" => matches!(value, "left" | "center" | "right").then_some(Cow::Borrowed(value)),
        "dir" => matches!(value, "ltr" | "rtl" | "auto").then_some(Cow::Borrowed(value)),
        "lang" | "datetime" => (!value.is_empty()
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-:+. ".contains(&byte)))
        .then_some(Cow::Borrowed(value)),
        "class" => (element == "code"
            && value.strip_prefix("language-").is_some_and(|language| {
                !language.is_empty()
                    && !language.contains(|c: char| c.is_whitespace() || c.is_control())
            }))
        .then_some(Cow::Borrowed(value)),
        "alt" | "title" => Some(Cow::Borrowed(value)),
        _ => None,
    }
}

/// An address that a browser cannot take for a program, percent-encoded as `CommonMark` asks; relative ones pass.
pub(super) fn address<'v>(value: &'v str, schemes: &[&str]) -> Option<Cow<'v, str>> {
    // Browsers drop such characters before they look for a scheme.
    let value = value.trim_matches(|c: char| c <= ' ');
    let value: Cow<'v, str> = if value.bytes().any(|byte| byte < b' ') {
        Cow::Owned(value.replace(|c: char| c < ' ', ""))
    } else {
        Cow::Borrowed(value)
    };
    let Some(scheme) = scheme_of(&value) else {
        return Some(percent_encoded(value));
    };
    let allowed = schemes
        .iter()
        .find(|allowed| scheme.eq_ignore_ascii_case(allowed))?;
    if !allowed.starts_with("http") || has_plain_host(&value[scheme.len()..]) {
        return Some(percent_encoded(value));
    }
    // A host that is odd must be one before and after the encoding.
    Url::parse(&value).ok()?;
    let encoded = percent_encoded(value);
    Url::parse(&encoded).is_ok().then_some(encoded)
}

/// The scheme of an address, when it has one.
fn scheme_of(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once(':')?;
    let mut bytes = scheme.bytes();
    let begins_well = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    (begins_well && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))
        .then_some(scheme)
}

/// Whether what follows the scheme names a host so plainly that a full parse could not refuse it; this spares the
/// parse for nearly every link.
fn has_plain_host(after_scheme: &str) -> bool {
    let Some(rest) = after_scheme.strip_prefix("://") else {
        return false;
    };
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let plain = host
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    let named = host
        .bytes()
        .next_back()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    let last_label = host.rsplit('.').next().unwrap_or("");
    // `0x7f` is read as a number, `xn--` as Punycode; both can fail.
    plain
        && named
        && !host.contains("xn--")
        && !last_label.starts_with(|c: char| c.is_ascii_digit())
}

fn percent_encoded(address: Cow<'_, str>) -> Cow<'_, str> {
    let must = |byte: u8| !(33..=126).contains(&byte) || b"\"<>\\^`{|}".contains(&byte);
    if !address.bytes().any(must) {
        return address;
    }
    let mut encoded = String::with_capacity(address.len() + 16);
    for character in address.chars() {
        if character.is_ascii() && !must(character as u8) {
            encoded.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                for digit in [byte >> 4, byte & 15] {
                    encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                }
                encoded.insert(encoded.len() - 2, '%');
            }
        }
    }
    Cow::Owned(encoded)
}

/// The sanitiser for bodies with raw HTML. It leaves a little more than the press prints, never less.
pub(super) static SANITISER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (element, allowed) in ELEMENTS {
        attributes.insert(element, allowed.iter().copied().collect());
    }
    let mut sanitiser = ammonia::Builder::empty();
    sanitiser
        .tags(
            ELEMENTS
                .iter()
                .map(|(element, _)| *element)
                .chain(BOXES.iter().copied())
                .collect(),
        )
        .clean_content_tags(SILENCED.iter().copied().collect())
        .tag_attributes(attributes)
        .generic_attributes(["id", "class", "lang", "dir", OURS].into())
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None);
    sanitiser
});

/// Marks elements that the walk over the syntax tree wrote, so that their ids and classes can be told from forged ones.
pub(super) const OURS: &str = "data-ours";

const NONE: &[&str] = &[];

/// Every element a reader can get, most frequent first, with its attributes.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("p", NONE),
    ("a", &["href", "title"]),
    ("em", NONE),
    ("strong", NONE),
    ("li", &["value"]),
    ("code", &["class"]),
    ("br", NONE),
    ("ul", NONE),
    ("ol", &["start"]),
    ("h2", NONE),
    ("h3", NONE),
    ("blockquote", &["cite"]),
    ("img", &["src", "alt", "title", "width", "height"]),
    ("pre", NONE),
    ("td", &["align", "colspan", "rowspan"]),
    ("th", &["align", "colspan", "rowspan"]),
    ("tr", NONE),
    ("thead", NONE),
    ("tbody", NONE),
    ("table", NONE),
    ("h1", NONE),
    ("h4", NONE),
    ("h5", NONE),
    ("h6", NONE),
    ("hr", NONE),
    ("sup", &["class"]),
    ("sub", NONE),
    ("del", &["cite", "datetime"]),
    ("ins", &["cite", "datetime"]),
    ("abbr", &["title"]),
    ("b", NONE),
    ("bdi", NONE),
    ("bdo", NONE),
    ("caption", NONE),
    ("cite", NONE),
    ("dd", NONE),
    ("dfn", NONE),
    ("dl", NONE),
    ("dt", NONE),
    ("figcaption", NONE),
    ("figure", NONE),
    ("i", NONE),
    ("kbd", NONE),
    ("mark", NONE),
    ("q", &["cite"]),
    ("rp", NONE),
    ("rt", NONE),
    ("ruby", NONE),
    ("s", NONE),
    ("samp", NONE),
    ("small", NONE),
    ("tfoot", NONE),
    ("time", &["datetime"]),
    ("u", NONE),
    ("var", NONE),
    ("wbr", NONE),
    ("section", &["class"]),
];

const BOXES: &[&str] = &[
    "div", "article", "aside", "header", "footer", "main", "nav", "center", "address", "hgroup",
    "details", "summary",
];

/// Elements that vanish with all they hold.
const SILENCED: &[&str] = &[
    "script",
    "style",
    "iframe",
    "noscript",
    "template",
    "svg",
    "math",
    "object",
    "embed",
    "applet",
    "title",
    "textarea",
    "select",
    "option",
    "button",
    "noembed",
    "noframes",
    "xmp",
    "plaintext",
    "canvas",
    "audio",
    "video",
    "frameset",
    "datalist",
    "portal",
    "fencedframe",
];
