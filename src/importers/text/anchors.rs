//! Reads the lines that hold a date, a byline or both and nothing else.
//!
//! A date within a sentence or a headline is no date line.

use std::sync::LazyLock;

use regex::Regex;

use super::bylines::{self, Byline};
use super::dates;
use super::page::{Line, Weight, count_words};
use super::words::pattern;

/// What a line of the front is.
#[derive(Debug, Default)]
pub struct Anchor {
    pub date: Option<dates::Found>,
    /// "Published …, updated …" on one line.
    pub updated: Option<dates::Found>,
    pub byline: Option<Byline>,
}

/// The date, the byline or both that a line holds and nothing else.
#[must_use]
pub fn anchor(lines: &[Line<'_>], at: usize, english: bool) -> Option<Anchor> {
    let line = &lines[at];
    if line.weight == Weight::Caption || count_words(line.text) > 24 {
        return None;
    }
    if at > 0
        && bylines::is_by_alone(lines[at - 1].text)
        && let Some(byline) = bylines::of_names(line.text)
    {
        return Some(Anchor {
            byline: Some(Byline {
                printed: format!("{} {}", lines[at - 1].text, byline.printed),
                ..byline
            }),
            ..Anchor::default()
        });
    }
    let date = dates::first(line.text, english);
    let Some(date) = date else {
        let parts = || line.text.split(" | ").find_map(bylines::after_by);
        let beside_date = || {
            let beside = [at.checked_sub(1), Some(at + 1)]
                .into_iter()
                .flatten()
                .filter_map(|at| lines.get(at));
            let dated = |line: &Line<'_>| {
                count_words(line.text) <= 12
                    && dates::first(line.text, english).is_some_and(|date| date.at.is_some())
            };
            beside
                .into_iter()
                .any(dated)
                .then(|| bylines::of_reporter(line.text))
                .flatten()
        };
        let byline = bylines::after_by(line.text)
            .or_else(parts)
            .or_else(beside_date)
            .or_else(|| {
                bylines::is_staff_or_agency(line.text)
                    .then(|| bylines::of_names(line.text))
                    .flatten()
            })?;
        return Some(Anchor {
            byline: Some(byline),
            ..Anchor::default()
        });
    };
    let before = &line.text[..date.start];
    let mut after = &line.text[date.end..];
    let updated = dates::first(after, english).filter(|second| second.updated && !date.updated);
    if let Some(second) = &updated {
        after = &after[second.end..];
    }
    let byline = [before, after]
        .into_iter()
        .find_map(|rest| bylines::after_by(without_labels(rest)));
    let byline = byline.or_else(|| bylines::after_by(&format!("{before}{after}")));
    let byline = byline.or_else(|| {
        let rest = without_labels(before);
        let rest = if rest.is_empty() {
            without_labels(after)
        } else {
            rest
        };
        date.at.is_some().then(|| bylines::of_names(rest)).flatten()
    });
    let rest = if byline.is_some() {
        0
    } else {
        count_words(without_labels(before)) + count_words(without_labels(after))
    };
    let alone = if date.at.is_some() {
        rest <= 5
    } else {
        rest == 0
    };
    // A date within a sentence or a headline is not a date line.
    let sentence = line.weight == Weight::Prose && byline.is_none()
        || line.weight == Weight::Sentence && rest > 2;
    (alone && !sentence || byline.is_some()).then_some(Anchor {
        date: Some(date),
        updated,
        byline,
    })
}

/// The text without what stands around dates: "Published on", "Updated:", the day of the week, separators.
fn without_labels(text: &str) -> &str {
    static FRONT: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"(?i)^(?:[\s|/•·,:;()–—-]|{LABEL})+")));
    static BACK: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!(r"(?i)(?:[\s|/•·,:;()–—-]|{LABEL})+$")));
    let text = &text[FRONT.find(text).map_or(0, |found| found.end())..];
    &text[..BACK.find(text).map_or(text.len(), |found| found.start())]
}

const LABEL: &str = r"\b(?:published|posted|updated?|last|first|modified|amended|created|date|on|at|the|stand|veröffentlicht|aktualisiert|erstellt|am|vom|publicado|actualizado|el|publié|mis à jour|modifié|le|publicado em|pubblicato|il|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|issued|release(?:d)?|for|immediate)\b";
