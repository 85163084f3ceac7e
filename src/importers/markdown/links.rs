//! Rewrites the addresses in a Markdown text and leaves every other character alone.
//!
//! It never touches code, and it never decides what an address becomes; the caller does.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{code, regex};

/// The text with every address replaced for which the caller gives another: of links, pictures, reference definitions
/// and raw HTML.
pub(super) fn rewrite(markdown: &str, another: impl Fn(&str) -> Option<String>) -> String {
    let code = code::ranges(markdown);
    ADDRESS
        .replace_all(markdown, |captures: &Captures<'_>| {
            let whole = &captures[0];
            let Some(address) = captures.iter().skip(1).flatten().next() else {
                return whole.to_owned();
            };
            let begins = captures.get(0).map_or(0, |found| found.start());
            if code::holds(&code, address.start()) || address.as_str().is_empty() {
                return whole.to_owned();
            }
            match another(address.as_str()) {
                Some(other) => {
                    let (before, after) = (address.start() - begins, address.end() - begins);
                    format!("{}{other}{}", &whole[..before], &whole[after..])
                }
                None => whole.to_owned(),
            }
        })
        .into_owned()
}

/// Whether an address names its own scheme or host.
pub(super) fn is_absolute(address: &str) -> bool {
    address.starts_with("//")
        || address.split_once(':').is_some_and(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"\]\(\s*(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))",
        r"|(?m:^)[ >]{0,6}\[[^\]\[\n^][^\]\n]*\]:[ \t]*\n?[ \t]*(?:<([^<>\n]*)>|(\S+))",
        r#"|(?i:\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'))"#,
    ))
});
