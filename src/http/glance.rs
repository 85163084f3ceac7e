//! A glance at text before it is parsed: how many tokens, how deep, how long.
//!
//! Both parsers behind it recurse, and a client must not be able to end the stack of a worker.
//! This module never judges syntax; what it cannot read, the parser will refuse.

use super::{
    limits::Limits,
    refusal::{Refusal, within},
};

/// What the limit on nesting counts, in words.
pub const NESTING: &str = "levels of nesting";

/// Refuses a document that is too large or too deeply nested for the parser, by a glance at its text; says how many tokens
/// it has.
///
/// # Errors
///
/// When the tokens, the nesting of brackets or the length of a name pass their limit, or a string holds an escape
/// on which the parser would panic.
pub fn check_source(source: &str, limits: &Limits) -> Result<u64, Refusal> {
    let glance = glance_at(source.as_bytes());
    if glance.escapes_surrogate {
        return Err(Refusal::unreadable(
            "the document cannot be parsed: a string escapes half a character; write the character itself",
        ));
    }
    within("tokens", "tokens", glance.tokens, limits.tokens)?;
    within("nesting", NESTING, glance.nesting, limits.nesting)?;
    within(
        "name_bytes",
        "bytes in one name",
        glance.longest_name,
        limits.name_bytes,
    )?;
    Ok(glance.tokens)
}

/// Refuses JSON that is nested deeper than a limit, by a glance at its text.
///
/// # Errors
///
/// When objects and lists are nested deeper than `limits.variables_nesting`.
pub fn check_json_nesting(json: &str, limits: &Limits) -> Result<(), Refusal> {
    let mut open = 0_u64;
    let mut deepest = 0;
    let mut in_string = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                bytes.next();
            }
            b'{' | b'[' if !in_string => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
    }
    within(
        "variables_nesting",
        "levels of objects and lists in its variables",
        deepest,
        limits.variables_nesting,
    )
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Glance {
    tokens: u64,
    nesting: u64,
    longest_name: u64,
    /// Whether a string has `\uD800` to `\uDFFF`, which async-graphql's parser takes for a character of its own.
    escapes_surrogate: bool,
}

/// Counts tokens without judging them; what it cannot read, the parser will refuse.
fn glance_at(source: &[u8]) -> Glance {
    let mut glance = Glance::default();
    let mut open = 0_u64;
    let mut at = 0;
    while let Some(&byte) = source.get(at) {
        let rest = &source[at..];
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += run(rest, |byte| !matches!(byte, b'\n' | b'\r'));
                continue;
            }
            b'"' => {
                let length = string_length(rest);
                glance.escapes_surrogate |= escapes_surrogate(&rest[..length.min(rest.len())]);
                length
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                glance.nesting = glance.nesting.max(open);
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            b'.' if rest.starts_with(b"...") => 3,
            // The parser reads `000` as three numbers.
            b'0' => 1,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = run(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
                glance.longest_name = glance.longest_name.max(length as u64);
                length
            }
            _ => 1,
        };
        glance.tokens += 1;
        at += length;
    }
    glance
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|&byte| !belongs(byte))
        .unwrap_or(bytes.len())
}

fn escapes_surrogate(string: &[u8]) -> bool {
    if string.starts_with(b"\"\"\"") {
        return false;
    }
    let mut at = 0;
    while let Some(&byte) = string.get(at) {
        if byte != b'\\' {
            at += 1;
            continue;
        }
        if let Some([b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F']) =
            string.get(at + 1..at + 4)
        {
            return true;
        }
        at += 2;
    }
    false
}

fn string_length(rest: &[u8]) -> usize {
    if rest.starts_with(b"\"\"\"") {
        let mut at = 3;
        while at < rest.len() {
            if rest[at..].starts_with(b"\\\"\"\"") {
                at += 4;
            } else if rest[at..].starts_with(b"\"\"\"") {
                return at + 3;
            } else {
                at += 1;
            }
        }
        return rest.len();
    }
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            // A string ends with its line, or brackets after a stray quote would go uncounted.
            b'\n' | b'\r' => return at,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_brackets_are_refused_before_parsing() {
        let limits = Limits::default();
        let source = format!("{{ a(b: {}", "[".repeat(9_000));
        let refusal = check_source(&source, &limits).unwrap_err();
        assert_eq!(refusal.limit.unwrap().name, "nesting");
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "[".repeat(100);
        let source =
            format!("{{ a(b: \"{brackets}\\\"\", c: \"\"\"{brackets}\"\"\") #{brackets}\n }}");
        assert_eq!(
            glance_at(source.as_bytes()),
            Glance {
                tokens: 11,
                nesting: 2,
                longest_name: 1,
                escapes_surrogate: false,
            }
        );
    }

    #[test]
    fn zeros_count_one_by_one() {
        assert_eq!(glance_at(b"000").tokens, 3);
    }

    #[test]
    fn deep_variables_are_refused_and_strings_in_them_are_not_structure() {
        let limits = Limits::default();
        let deep = "[".repeat(33) + &"]".repeat(33);
        assert!(check_json_nesting(&deep, &limits).is_err());
        let text = format!("{{\"a\": \"\\\"{deep}\"}}");
        assert_eq!(check_json_nesting(&text, &limits), Ok(()));
    }

    #[test]
    fn half_a_character_is_refused_where_the_parser_would_panic() {
        let limits = Limits::default();
        for source in ["{ a(b: \"\\uD800\") }", "{ a(b: \"x\\\\\\udfff\") }"] {
            let refusal = check_source(source, &limits).unwrap_err();
            assert_eq!(refusal.code, "GRAPHQL_PARSE_FAILED", "{source}");
        }
        for source in [
            "{ a(b: \"\\u00e9\") }",
            "{ a(b: \"\\\\uD800\") }",
            "{ a(b: \"\"\"\\uD800\"\"\") }",
        ] {
            assert!(check_source(source, &limits).is_ok(), "{source}");
        }
    }
}
