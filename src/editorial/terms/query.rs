//! From a reader's query to a question about terms.

use std::fmt::Write;

use super::analyser::{Analyser, Words, fold};

/// The most words a query may have.
const MOST_WORDS: usize = 32;

/// A parsed query: every group must match, a group matches when any of its phrases does, nothing excluded may match.
///
/// Words are joined by AND; `OR` between two of them lets either match; `"…"` wants the words side by side; a leading
/// `-` or `NOT` excludes. Anything else is taken as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    groups: Vec<Vec<Phrase>>,
    excluded: Vec<Phrase>,
}

/// Folded words that must stand side by side; mostly a single one.
pub(super) type Phrase = Vec<String>;

/// Why a query was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The query has too many words.
    #[error("a search takes at most {MOST_WORDS} words; this one has {0}")]
    TooManyWords(usize),
}

impl Query {
    /// Parses what a reader typed.
    ///
    /// # Errors
    /// When it has more than 32 words.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut query = Self::default();
        let mut words = 0;
        let mut either = false;
        let mut not = false;
        for piece in pieces(text) {
            match piece {
                Piece::Bare("OR") if !query.groups.is_empty() => {
                    either = true;
                    continue;
                }
                Piece::Bare("AND") => continue,
                Piece::Bare("NOT") => {
                    not = true;
                    continue;
                }
                _ => {}
            }
            let (text, excluded) = match piece {
                Piece::Quoted { text, excluded } => (text, excluded),
                Piece::Bare(text) => match text.strip_prefix(['-', '−']) {
                    Some(rest) if !rest.is_empty() => (rest, true),
                    _ => (text, false),
                },
            };
            let phrase: Phrase = Words::of(text)
                .map(|word| {
                    let mut folded = String::new();
                    fold(&text[word], &mut folded);
                    folded
                })
                .filter(|word| !word.is_empty())
                .collect();
            words += phrase.len();
            if !phrase.is_empty() {
                if excluded || not {
                    query.excluded.push(phrase);
                } else if let Some(group) = query.groups.last_mut().filter(|_| either) {
                    group.push(phrase);
                } else {
                    query.groups.push(vec![phrase]);
                }
            }
            either = false;
            not = false;
        }
        if words > MOST_WORDS {
            return Err(QueryError::TooManyWords(words));
        }
        Ok(query)
    }

    /// Whether there is nothing to look for: no word at all, or exclusions alone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Every phrase that may match.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Phrase> {
        self.groups.iter().flatten()
    }

    /// Whether a text matches whose terms, joined by blanks, were indexed; the same as both databases find.
    #[must_use]
    pub fn matches(&self, terms: &str, languages: &[&str]) -> bool {
        let mut stems = Stems::of(languages);
        let terms = format!(" {} ", terms.trim());
        let mut any = |phrases: &[Phrase]| {
            phrases.iter().any(|phrase| {
                stems
                    .variants(phrase)
                    .iter()
                    .any(|variant| terms.contains(&format!(" {} ", variant.join(" "))))
            })
        };
        self.groups.iter().all(|group| any(group)) && !any(&self.excluded)
    }

    /// As an expression of SQLite's FTS5. `languages` are those in which articles may be written.
    #[must_use]
    pub fn to_fts5(&self, languages: &[&str]) -> String {
        let mut stems = Stems::of(languages);
        let mut any = |phrases: &[Phrase]| {
            let alternatives: Vec<String> = phrases
                .iter()
                .flat_map(|phrase| stems.variants(phrase))
                .map(|v| format!("\"{}\"", v.join(" ")))
                .collect();
            format!("({})", alternatives.join(" OR "))
        };
        let mut expression = self
            .groups
            .iter()
            .map(|group| any(group))
            .collect::<Vec<_>>()
            .join(" AND ");
        if !self.excluded.is_empty() {
            expression = format!("({expression}) NOT {}", any(&self.excluded));
        }
        expression
    }

    /// As a `tsquery` of PostgreSQL.
    #[must_use]
    pub fn to_tsquery(&self, languages: &[&str]) -> String {
        let mut stems = Stems::of(languages);
        let mut any = |phrases: &[Phrase]| {
            let alternatives: Vec<String> = phrases
                .iter()
                .flat_map(|phrase| stems.variants(phrase))
                .map(|variant| {
                    let mut text = String::new();
                    for (index, word) in variant.iter().enumerate() {
                        let _ = write!(text, "{}'{word}'", if index == 0 { "" } else { " <-> " });
                    }
                    format!("({text})")
                })
                .collect();
            format!("({})", alternatives.join(" | "))
        };
        let mut expression = self
            .groups
            .iter()
            .map(|group| any(group))
            .collect::<Vec<_>>()
            .join(" & ");
        if !self.excluded.is_empty() {
            let _ = write!(expression, " & !{}", any(&self.excluded));
        }
        expression
    }
}

/// The stems a phrase may have been indexed by.
struct Stems(Vec<Analyser>);

impl Stems {
    fn of(languages: &[&str]) -> Self {
        Self(
            languages
                .iter()
                .map(|language| Analyser::new(language))
                .collect(),
        )
    }

    fn variants(&mut self, phrase: &Phrase) -> Vec<Phrase> {
        let mut variants = vec![phrase.clone()];
        for analyser in &mut self.0 {
            let variant: Phrase = phrase
                .iter()
                .map(|word| analyser.term(word).to_owned())
                .collect();
            if !variants.contains(&variant) {
                variants.push(variant);
            }
        }
        variants
    }
}

#[derive(Clone, Copy)]
enum Piece<'a> {
    Bare(&'a str),
    Quoted { text: &'a str, excluded: bool },
}

/// Splits at blanks, except between quotation marks; an unclosed quotation runs to the end.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (unsigned, excluded) = match rest.strip_prefix('-') {
            Some(after) if after.starts_with(['"', '“', '”', '„', '«']) => (after, true),
            _ => (rest, false),
        };
        if let Some(after) = unsigned.strip_prefix(['"', '“', '”', '„', '«']) {
            let end = after.find(['"', '“', '”', '»']).unwrap_or(after.len());
            pieces.push(Piece::Quoted {
                text: &after[..end],
                excluded,
            });
            rest = after[end..].trim_start_matches(['"', '“', '”', '»']);
        } else {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '“'))
                .unwrap_or(rest.len());
            pieces.push(Piece::Bare(&rest[..end.max(1).min(rest.len())]));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_alternatives_and_exclusions_are_understood() {
        let query = Query::parse("climate policies OR laws -oil \"sea level\"").unwrap();
        assert_eq!(
            query.to_tsquery(&["en"]),
            "(('climate') | ('climat')) & (('policies') | ('polici') | ('laws') | ('law')) & \
             (('sea' <-> 'level')) & !(('oil'))"
        );
        assert_eq!(
            query.to_fts5(&["en"]),
            "((\"climate\" OR \"climat\") AND (\"policies\" OR \"polici\" OR \"laws\" OR \"law\") AND \
             (\"sea level\")) NOT (\"oil\")"
        );
    }

    #[test]
    fn a_compound_is_a_phrase_and_operators_alone_are_nothing() {
        assert_eq!(
            Query::parse("covid-19").unwrap().to_tsquery(&[]),
            "(('covid' <-> '19'))"
        );
        for nothing in ["", "   ", "\"\"", "-", "- - -", "NOT", "\"", "%_;'", "-oil"] {
            assert!(Query::parse(nothing).unwrap().is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn hostile_text_becomes_plain_terms() {
        for hostile in [
            "'; DROP TABLE article; --",
            "a:* | !b",
            "NEAR(a b, 3)",
            "headline: x",
            "\") OR (\"",
            "x AND OR NOT",
            "^a*",
        ] {
            let query = Query::parse(hostile).unwrap();
            for expression in [query.to_fts5(&["en"]), query.to_tsquery(&["en"])] {
                let plain = expression
                    .replace(" OR ", "")
                    .replace(" AND ", "")
                    .replace(" NOT ", "")
                    .replace("<->", "");
                assert!(
                    plain
                        .chars()
                        .all(|c| c.is_lowercase() || c.is_numeric() || "\"'()|&! ".contains(c)),
                    "{hostile:?} became {expression}"
                );
            }
        }
    }

    #[test]
    fn too_many_words_are_refused_not_cut() {
        assert_eq!(
            Query::parse(&"word ".repeat(33)),
            Err(QueryError::TooManyWords(33))
        );
    }
}
