//! Splits running text into words with their places, and sentences out of text whose quotations are masked.
//!
//! Offsets are bytes of the text given; nothing is ever changed or normalised here.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// A word without the punctuation around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word, without a possessive ending.
    pub text: &'a str,
    pub start: usize,
    pub end: usize,
    /// Whether punctuation stands directly before it.
    pub opens: bool,
    /// Whether punctuation stands directly after it, so that a name cannot go on.
    pub closes: bool,
    pub possessive: bool,
}

impl Word<'_> {
    /// Whether it begins with a capital, or holds one after a lower-case particle as in `deGrasse`.
    #[must_use]
    pub fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
            || self.text.len() > 4
                && self.text.chars().any(char::is_uppercase)
                && self.text.is_ascii()
    }
}

/// A fixed list of words or names.
pub type Table = LazyLock<HashSet<&'static str>>;

/// The entries of a list that are parted by commas.
#[must_use]
pub fn table(list: &'static str) -> HashSet<&'static str> {
    list.split(',').map(str::trim).collect()
}

/// Compiles a pattern that is part of the program.
///
/// # Panics
/// When the pattern is malformed, which the tests of its module show.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants of this program, and every one is compiled in tests"
)]
pub fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a pattern of this program is well-formed")
}

/// The words of a text.
#[must_use]
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    for chunk in
        text.split_inclusive(|c: char| c.is_whitespace() || c == '—' || c == '–' || c == '/')
    {
        let chunk_start = at;
        at += chunk.len();
        let Some(first) = chunk.find(char::is_alphanumeric) else {
            if chunk.chars().any(|c| !c.is_whitespace()) {
                mark_closed(&mut found);
            }
            continue;
        };
        let last = chunk.rfind(char::is_alphanumeric).unwrap_or(first);
        let mut end = last + chunk[last..].chars().next().map_or(1, char::len_utf8);
        if chunk[end..].starts_with('.') && is_abbreviation(&chunk[first..end]) {
            end += 1;
        }
        let core = &chunk[first..end];
        let bare = ["'s", "’s", "'S", "’S"]
            .iter()
            .find_map(|ending| core.strip_suffix(ending));
        let trailing = chunk[end..].trim();
        let bare_possessive = trailing == "’" || trailing == "'";
        let opens = chunk[..first].chars().any(|c| !c.is_whitespace());
        if opens {
            mark_closed(&mut found);
        }
        let text = bare.unwrap_or(core);
        found.push(Word {
            text,
            start: chunk_start + first,
            end: chunk_start + first + text.len(),
            opens,
            closes: !trailing.is_empty() && !bare_possessive,
            possessive: bare.is_some() || bare_possessive && core.ends_with('s'),
        });
    }
    found
}

fn mark_closed(found: &mut [Word<'_>]) {
    if let Some(last) = found.last_mut() {
        last.closes = true;
    }
}

/// Whether a full stop after the word belongs to it.
#[must_use]
pub fn is_abbreviation(word: &str) -> bool {
    const SHORT: &[&str] = &[
        "Mr", "Mrs", "Ms", "Dr", "St", "Sen", "Rep", "Gov", "Gen", "Lt", "Col", "Sgt", "Capt",
        "Prof", "Rev", "Hon", "Jr", "Sr", "Inc", "Co", "Ltd", "Corp", "No", "Jan", "Feb", "Mar",
        "Apr", "Jun", "Jul", "Aug", "Sept", "Sep", "Oct", "Nov", "Dec", "Sra", "Mme", "bzw", "ca",
        "Nr", "Tel", "vs",
    ];
    let initials = word.chars().filter(|c| c.is_alphanumeric()).count() == 1
        && word.chars().all(char::is_uppercase)
        || word.len() > 1
            && word
                .split('.')
                .all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    initials || SHORT.contains(&word)
}

/// The sentences of a text, as byte ranges that cover it.
#[must_use]
pub fn sentences(text: &str) -> Vec<(usize, usize)> {
    static BOUNDARY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"[.!?…]+["”’»“)\]]*\s+(?:[\p{Lu}\d"“„«‘(¿¡\[]|$)"#));
    let mut found = Vec::new();
    let mut start = 0;
    for boundary in BOUNDARY.find_iter(text) {
        let before = &text[start.min(boundary.start())..boundary.start()];
        let word = before
            .rsplit(|c: char| c.is_whitespace() || c == '(')
            .next()
            .unwrap_or_default();
        let mark = boundary.as_str();
        let closes_question =
            mark.starts_with(['?', '!']) && mark.chars().nth(1).is_some_and(|c| !c.is_whitespace());
        let next = mark.chars().last().unwrap_or(' ');
        if mark.starts_with('.') && is_abbreviation(word) || closes_question && next.is_uppercase()
        {
            continue;
        }
        let end = boundary.end() - next.len_utf8() * usize::from(!next.is_whitespace());
        found.push((start, end));
        start = end;
    }
    if start < text.len() || found.is_empty() {
        found.push((start, text.len()));
    }
    found
}

/// The sentence that holds a place.
#[must_use]
pub fn sentence_at(sentences: &[(usize, usize)], place: usize) -> (usize, usize) {
    sentences
        .iter()
        .copied()
        .find(|(_, end)| place < *end)
        .or(sentences.last().copied())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_possessive_and_an_initial_are_parts_of_their_words() {
        let found = words("Ada K. Holm’s boat, the Kestrel");
        let texts: Vec<&str> = found.iter().map(|word| word.text).collect();
        assert_eq!(texts, ["Ada", "K.", "Holm", "boat", "the", "Kestrel"]);
        assert!(found[2].possessive && !found[2].closes);
        assert!(found[3].closes);
    }

    #[test]
    fn a_sentence_does_not_end_after_a_title_or_inside_initials() {
        let text = "Mr. Holm left the U.S. Embassy. She stayed.";
        let found: Vec<&str> = sentences(text)
            .iter()
            .map(|(start, end)| &text[*start..*end])
            .collect();
        assert_eq!(found, ["Mr. Holm left the U.S. Embassy. ", "She stayed."]);
    }
}
