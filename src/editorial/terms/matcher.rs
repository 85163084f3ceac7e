//! How well a text answers a query, and which passage shows it best.

use std::ops::Range;

use super::{
    analyser::{Analyser, Words, fold},
    query::{Phrase, Query},
};

/// Weights of a word in the headline, in the standfirst and in the body.
const WEIGHTS: [f64; 3] = [6.0, 2.5, 1.0];
/// Lengths in words of an ordinary headline, standfirst and body; a longer text counts less for each word found.
const ORDINARY_LENGTHS: [f64; 3] = [9.0, 25.0, 600.0];
/// How soon more of the same word counts for nothing (BM25's k1) and how much the length counts (its b).
const SATURATION: f64 = 1.2;
const LENGTH_INFLUENCE: f64 = 0.75;
/// Words in a passage.
const PASSAGE: usize = 32;

/// A query made ready to be compared with many texts of one language.
pub struct Matcher {
    phrases: Vec<Phrase>,
    /// First letters of the wanted terms: a word that begins otherwise needs no stemming.
    beginnings: Vec<char>,
    analyser: Analyser,
}

/// A passage of a text, with the words that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The passage as HTML: escaped, matches in `<mark>`, `…` where the text goes on.
    pub html: String,
}

impl Matcher {
    /// Makes a query ready for texts of a language.
    #[must_use]
    pub fn new(query: &Query, language: &str) -> Self {
        let mut analyser = Analyser::new(language);
        let mut phrases: Vec<Phrase> = Vec::new();
        for phrase in query.wanted() {
            let stemmed: Phrase = phrase
                .iter()
                .map(|word| analyser.term(word).to_owned())
                .collect();
            if !phrases.contains(&stemmed) {
                phrases.push(stemmed);
            }
        }
        let beginnings = phrases
            .iter()
            .flatten()
            .filter_map(|term| term.chars().next())
            .collect();
        Self {
            phrases,
            beginnings,
            analyser,
        }
    }

    /// How well an article answers: a sum over the phrases of their weighted, saturating frequencies (BM25F without the
    /// rarity of the words, which needs the whole archive).
    pub fn score(&mut self, headline: &str, standfirst: &str, body: &str) -> f64 {
        let mut frequencies = vec![0.0; self.phrases.len()];
        for (field, text) in [headline, standfirst, body].into_iter().enumerate() {
            let (found, length) = self.find(text);
            #[expect(clippy::cast_precision_loss, reason = "no text has 2^52 words")]
            let relative_length = length as f64 / ORDINARY_LENGTHS[field];
            let norm = 1.0 - LENGTH_INFLUENCE + LENGTH_INFLUENCE * relative_length;
            for hit in found {
                frequencies[hit.phrase] += WEIGHTS[field] / norm.max(0.25);
            }
        }
        frequencies
            .into_iter()
            .map(|frequency| frequency / (frequency + SATURATION))
            .sum()
    }

    /// The text with every match marked.
    pub fn highlight(&mut self, text: &str) -> String {
        let (hits, _) = self.find(text);
        mark(text, 0..text.len(), &hits)
    }

    /// The passage with the most different matches, or the beginning of the text.
    pub fn passage(&mut self, text: &str) -> Passage {
        let words: Vec<Range<usize>> = Words::of(text).collect();
        let (hits, _) = self.find(text);
        let best = hits
            .iter()
            .map(|hit| {
                let mut seen: Vec<usize> = hits
                    .iter()
                    .filter(|other| other.word >= hit.word && other.word < hit.word + PASSAGE - 8)
                    .map(|other| other.phrase)
                    .collect();
                let all = seen.len();
                seen.sort_unstable();
                seen.dedup();
                (seen.len(), all.min(6), usize::MAX - hit.word)
            })
            .max()
            .map_or(0, |(_, _, inverted)| usize::MAX - inverted);
        let first = best.saturating_sub(8);
        let last = (first + PASSAGE).min(words.len());
        let start = words.get(first).map_or(0, |word| word.start);
        let end = if last == words.len() {
            text.len()
        } else {
            words.get(last.saturating_sub(1)).map_or(0, |w| w.end)
        };
        let mut html = String::new();
        if first > 0 {
            html.push_str("… ");
        }
        html.push_str(&mark(text, if first == 0 { 0 } else { start }..end, &hits));
        if end < text.len() {
            html.push_str(" …");
        }
        Passage { html }
    }

    fn find(&mut self, text: &str) -> (Vec<Hit>, usize) {
        let mut hits = Vec::new();
        // How many words of each phrase have matched up to the word before.
        let mut progress: Vec<usize> = vec![0; self.phrases.len()];
        let mut recent: Vec<Range<usize>> = Vec::new();
        let longest = self.phrases.iter().map(Vec::len).max().unwrap_or(0);
        let mut count = 0;
        let mut first_letters = String::new();
        for (index, word) in Words::of(text).enumerate() {
            count = index + 1;
            first_letters.clear();
            let begins = text[word.clone()].chars().next().is_some_and(|first| {
                first.encode_utf8(&mut [0; 4]);
                fold(first.encode_utf8(&mut [0; 4]), &mut first_letters);
                first_letters
                    .chars()
                    .next()
                    .is_none_or(|letter| self.beginnings.contains(&letter))
            });
            if !begins {
                progress.fill(0);
                continue;
            }
            if longest > 1 {
                recent.push(word.clone());
                if recent.len() > longest {
                    recent.remove(0);
                }
            }
            let term = self.analyser.term(&text[word.clone()]);
            for (phrase, matched) in self
                .phrases
                .iter()
                .zip(&mut progress)
                .enumerate()
                .map(|(i, (p, m))| ((i, p), m))
            {
                let (number, phrase) = phrase;
                *matched = if phrase.get(*matched).is_some_and(|wanted| wanted == term) {
                    *matched + 1
                } else {
                    usize::from(phrase[0] == term)
                };
                if *matched == phrase.len() {
                    *matched = 0;
                    let start = if phrase.len() == 1 {
                        word.start
                    } else {
                        recent
                            .len()
                            .checked_sub(phrase.len())
                            .map_or(word.start, |first| recent[first].start)
                    };
                    hits.push(Hit {
                        phrase: number,
                        word: index + 1 - phrase.len(),
                        span: start..word.end,
                    });
                }
            }
        }
        (hits, count)
    }
}

struct Hit {
    phrase: usize,
    word: usize,
    span: Range<usize>,
}

fn mark(text: &str, range: Range<usize>, hits: &[Hit]) -> String {
    let mut html = String::with_capacity(range.len() + 32);
    let mut position = range.start;
    for hit in hits {
        if hit.span.start < position || hit.span.end > range.end {
            continue;
        }
        escape(&text[position..hit.span.start], &mut html);
        html.push_str("<mark>");
        escape(&text[hit.span.clone()], &mut html);
        html.push_str("</mark>");
        position = hit.span.end;
    }
    escape(&text[position..range.end], &mut html);
    html
}

fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            // Where two blocks meet, one blank is enough.
            '\n' if into.ends_with(' ') => {}
            '\n' => into.push(' '),
            other => into.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(query: &str) -> Matcher {
        Matcher::new(&Query::parse(query).unwrap(), "en")
    }

    #[test]
    fn matches_are_marked_and_the_rest_is_escaped() {
        assert_eq!(
            matcher("policy").highlight("New <b>policies</b> & Policy's end"),
            "New &lt;b&gt;<mark>policies</mark>&lt;/b&gt; &amp; <mark>Policy</mark>'s end"
        );
        assert_eq!(
            matcher("\"sea level\"").highlight("sea and sea level"),
            "sea and <mark>sea level</mark>"
        );
    }

    #[test]
    fn the_passage_shows_the_most_matches() {
        let text = format!(
            "harbour {} the harbour reopens today {}",
            "filler ".repeat(60),
            "filler ".repeat(60)
        );
        let passage = matcher("harbour reopens").passage(&text).html;
        assert!(
            passage.starts_with("… ") && passage.ends_with(" …"),
            "{passage}"
        );
        assert!(
            passage.contains("<mark>harbour</mark> <mark>reopens</mark>"),
            "{passage}"
        );
    }

    #[test]
    fn a_word_in_the_headline_outweighs_one_in_the_body() {
        let body = "filler ".repeat(500);
        let mut matcher = matcher("harbour");
        let in_headline = matcher.score("Harbour reopens", "", &body);
        let in_body = matcher.score("Port reopens", "", &format!("{body} harbour"));
        assert!(in_headline > in_body && in_body > 0.0);
    }
}
