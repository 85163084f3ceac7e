//! From text to terms.

use std::{collections::BTreeMap, fmt::Write, ops::Range};

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest word that is told apart from others, in bytes; PostgreSQL takes no lexeme over 2 KB.
const LONGEST_WORD: usize = 64;
/// PostgreSQL knows no position beyond this one.
const LAST_POSITION: usize = 16_383;
/// PostgreSQL keeps no more positions of one lexeme than this.
const MOST_POSITIONS: usize = 255;
/// How many stems an analyser remembers before it forgets all of them.
const REMEMBERED_STEMS: usize = 50_000;

/// Turns texts of one language into terms, and remembers the stems it has seen.
pub struct Analyser {
    stemmer: Option<Stemmer>,
    stems: FxHashMap<Box<str>, Box<str>>,
    folded: String,
}

impl Analyser {
    /// An analyser for a language, named by its BCP 47 tag; words of a language without stemming rules stay whole.
    #[must_use]
    pub fn new(language: &str) -> Self {
        Self {
            stemmer: algorithm_of(language).map(Stemmer::create),
            stems: FxHashMap::default(),
            folded: String::new(),
        }
    }

    /// Hands every term of the text to `each`, in order.
    pub fn terms(&mut self, text: &str, mut each: impl FnMut(&str)) {
        for word in Words::of(text) {
            each(self.term(&text[word]));
        }
    }

    /// The term of one word.
    pub fn term(&mut self, word: &str) -> &str {
        self.folded.clear();
        fold(word, &mut self.folded);
        let Some(stemmer) = &self.stemmer else {
            return &self.folded;
        };
        if !self.stems.contains_key(self.folded.as_str()) {
            if self.stems.len() >= REMEMBERED_STEMS {
                self.stems.clear();
            }
            let stem = stemmer.stem(&self.folded);
            self.stems.insert(self.folded.as_str().into(), stem.into());
        }
        self.stems.get(self.folded.as_str()).map_or("", |stem| stem)
    }
}

fn algorithm_of(language: &str) -> Option<Algorithm> {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    Some(match primary.to_ascii_lowercase().as_str() {
        "en" => Algorithm::English,
        "de" => Algorithm::German,
        "fr" => Algorithm::French,
        "es" => Algorithm::Spanish,
        "it" => Algorithm::Italian,
        "pt" => Algorithm::Portuguese,
        "nl" => Algorithm::Dutch,
        "sv" => Algorithm::Swedish,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "da" => Algorithm::Danish,
        "fi" => Algorithm::Finnish,
        "ru" => Algorithm::Russian,
        "ro" => Algorithm::Romanian,
        "hu" => Algorithm::Hungarian,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

/// The terms in the form in which PostgreSQL reads a `tsvector`.
#[must_use]
pub fn tsvector(terms: &str) -> String {
    let mut positions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, term) in terms.split(' ').filter(|term| !term.is_empty()).enumerate() {
        let found = positions.entry(term).or_default();
        if found.len() < MOST_POSITIONS && index < LAST_POSITION {
            found.push(index + 1);
        }
    }
    let mut vector = String::with_capacity(terms.len() * 2);
    for (term, positions) in positions {
        let _ = write!(vector, "'{term}'");
        for (index, position) in positions.iter().enumerate() {
            let _ = write!(vector, "{}{position}", if index == 0 { ':' } else { ',' });
        }
        vector.push(' ');
    }
    vector
}

/// Writes a word without case and marks.
pub(super) fn fold(word: &str, into: &mut String) {
    if word.is_ascii() {
        into.extend(
            word.bytes()
                .take(LONGEST_WORD)
                .map(|byte| byte.to_ascii_lowercase() as char),
        );
        return;
    }
    for character in word
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if into.len() >= LONGEST_WORD {
            return;
        }
        match character {
            'ß' => into.push_str("ss"),
            'æ' => into.push_str("ae"),
            'œ' => into.push_str("oe"),
            'ø' => into.push('o'),
            'ł' => into.push('l'),
            'đ' => into.push('d'),
            'ı' => into.push('i'),
            letter if letter.is_alphanumeric() => into.push(letter),
            _ => {}
        }
    }
}

/// The words of a text as byte ranges.
pub(super) struct Words<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, position: 0 }
    }
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        let mut after_apostrophe = false;
        loop {
            let start = self.position;
            let character = self.text.get(start..)?.chars().next()?;
            if !is_word_part(character) {
                after_apostrophe = matches!(character, '\'' | '’') && start > 0;
                self.position += character.len_utf8();
                continue;
            }
            if is_ideograph(character) {
                self.position += character.len_utf8();
                return Some(start..self.position);
            }
            let mut end = start;
            while end < bytes.len() {
                if bytes[end].is_ascii() {
                    if !bytes[end].is_ascii_alphanumeric() {
                        break;
                    }
                    end += 1;
                    continue;
                }
                match self.text.get(end..).and_then(|rest| rest.chars().next()) {
                    Some(next) if is_word_part(next) && !is_ideograph(next) => {
                        end += next.len_utf8();
                    }
                    _ => break,
                }
            }
            self.position = end;
            // The "s" of a possessive is no word.
            if after_apostrophe && matches!(&self.text[start..end], "s" | "S") {
                after_apostrophe = false;
                continue;
            }
            return Some(start..end);
        }
    }
}

fn is_word_part(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// Scripts written without blanks between words.
fn is_ideograph(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, language: &str) -> Vec<String> {
        let mut terms = Vec::new();
        Analyser::new(language).terms(text, |term| terms.push(term.to_owned()));
        terms
    }

    #[test]
    fn case_marks_and_possessives_do_not_count() {
        assert_eq!(
            terms("Hélène’s STRASSEN, Straßen!", "xx"),
            ["helene", "strassen", "strassen"]
        );
        assert_eq!(terms("L'État", "xx"), ["l", "etat"]);
    }

    #[test]
    fn words_are_reduced_by_the_rules_of_their_language() {
        assert_eq!(terms("policies policy", "en-GB"), ["polici", "polici"]);
        assert_eq!(terms("Häuser", "de"), terms("Hauser", "de"));
    }

    #[test]
    fn every_ideograph_is_a_term() {
        assert_eq!(terms("東京Tokyo", "ja"), ["東", "京", "tokyo"]);
    }

    #[test]
    fn a_tsvector_names_every_term_with_its_positions() {
        assert_eq!(
            tsvector("harbour reopen harbour"),
            "'harbour':1,3 'reopen':2 "
        );
    }
}
