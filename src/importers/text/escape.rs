//! Writes plain text as Markdown that renders exactly that text.
//!
//! Only what would be read as markup gets a backslash, so that the source stays readable. It never adds markup.

use std::sync::LazyLock;

use regex::Regex;

use super::words::pattern;

/// One paragraph of plain text as one Markdown block.
#[must_use]
pub fn paragraph(text: &str) -> String {
    static LINE_START: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^(?:#{1,6}(?:\s|$)|>|[-+](?:\s|$)|[-=]+\s*$|(?:-\s*){3,}$|~~~|:\s)")
    });
    static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{1,9})[.)](?:\s|$)"));
    let text = text.trim();
    let inline = inline(text);
    if LINE_START.is_match(text) {
        return if inline.starts_with('\\') {
            inline
        } else {
            format!("\\{inline}")
        };
    }
    if let Some(found) = NUMBERED.captures(text) {
        let digits = found[1].len();
        return format!("{}\\{}", &inline[..digits], &inline[digits..]);
    }
    inline
}

/// A heading inside the body as one Markdown block.
#[must_use]
pub fn heading(text: &str) -> String {
    let inline = inline(text.trim());
    match inline.strip_suffix('#') {
        Some(front) => format!("## {front}\\#"),
        None => format!("## {inline}"),
    }
}

fn inline(text: &str) -> String {
    static ENTITY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]*);"));
    static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[(?:\^|[^\]]*\][(\[:]|[ xX]\])"));
    let tildes = text.matches('~').count() > 1;
    let dollars = text.matches('$').count() > 1 && text.contains("$$");
    let mut written = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let after = text[at + c.len_utf8()..].chars().next();
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let markup = match c {
            '\\' => after.is_none_or(|after| after.is_ascii_punctuation()),
            '`' | '*' => true,
            '_' => !(word(before) && word(after)),
            '[' => LINK.is_match(&text[at..]) || before == Some('!'),
            '<' => after.is_some_and(|after| {
                after.is_ascii_alphabetic() || matches!(after, '/' | '!' | '?')
            }),
            '&' => ENTITY.is_match(&text[at..]),
            '~' => tildes,
            '$' => dollars,
            '|' => at == 0,
            _ => false,
        };
        if markup {
            written.push('\\');
        }
        written.push(c);
        before = Some(c);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_markup_is_escaped() {
        for (text, markdown) in [
            ("1. Buy rope", r"1\. Buy rope"),
            ("- a dash", r"\- a dash"),
            ("# a hash", r"\# a hash"),
            ("> said she", r"\> said she"),
            ("---", r"\---"),
            ("*bold* and _thin_", r"\*bold\* and \_thin\_"),
            ("a <b> tag & &lt; one", r"a \<b> tag & \&lt; one"),
            (
                "see [here](http://a.example)",
                r"see \[here](http://a.example)",
            ),
            ("C:\\*", r"C:\\\*"),
        ] {
            assert_eq!(paragraph(text), markdown);
        }
    }

    #[test]
    fn ordinary_prose_stays_as_it_is() {
        for text in [
            "In 2014. It was 3 - 2, snake_case & more",
            "“We [the crew] left” 5 < 6",
            "-5 degrees",
            "#harbour",
        ] {
            assert_eq!(paragraph(text), text);
        }
    }
}
