//! Reads what stands before the article's text: headline, standfirst, date line and byline.
//!
//! The lines nearest to the text count. A headline is never made up: without one the front says so.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;

use super::anchors::{Anchor, anchor};
use super::bylines::{self, Byline};
use super::page::{self, Body, Line, Weight, count_words};
use super::words::pattern;
use super::{dates, rights};
use crate::importers::imported::Doubt;

/// The front of an article.
#[derive(Debug, Default)]
pub struct Front {
    pub headline: Option<String>,
    pub standfirst: Option<String>,
    pub byline: Option<Byline>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    /// The date as printed.
    pub date_text: Option<String>,
    pub doubts: Vec<Doubt>,
}

/// How far before the text its front may begin.
const LONGEST_FRONT: usize = 40;

/// Finds the body again when a standfirst stands before the date line or byline and was taken for its first paragraph.
#[must_use]
pub fn body_after_front(lines: &[Line<'_>], english: bool, body: Body) -> Body {
    let start = body.range.start;
    let limit = (start + 7)
        .min(body.range.end.max(start + 7))
        .min(lines.len());
    let mut after = None;
    let mut prose = 0;
    for at in start..limit {
        let is_anchor = anchor(lines, at, english).is_some();
        if is_anchor && at > start {
            after = Some(at + 1);
        } else if lines[at].weight == Weight::Prose {
            prose += 1;
            if prose > 1 {
                break;
            }
        }
    }
    match after.and_then(|after| page::body(lines, after)) {
        Some(later) if !later.blocks.is_empty() && later.range.start <= start + 12 => later,
        _ => body,
    }
}

/// Reads the front of the article whose body begins at line `start`.
#[must_use]
pub fn read(lines: &[Line<'_>], start: usize, end: usize, english: bool) -> Front {
    let mut front = Front::default();
    let from = start.saturating_sub(LONGEST_FRONT);
    let mut anchors: Vec<(usize, Anchor)> = Vec::new();
    for at in from..start {
        if let Some(found) = anchor(lines, at, english) {
            anchors.push((at, found));
        }
    }
    take_dates(lines, &anchors, &mut front);
    let mut byline_at = None;
    let staff = |byline: &Byline| bylines::is_staff_or_agency(&byline.printed);
    let credited: Vec<(usize, &Byline)> = anchors
        .iter()
        .rev()
        .filter_map(|(at, found)| Some((*at, found.byline.as_ref()?)))
        .collect();
    // A person's name says more than "Our Staff".
    if let Some((at, byline)) = credited
        .iter()
        .find(|(_, byline)| !staff(byline))
        .or(credited.first())
    {
        byline_at = Some(*at);
        front.byline = Some((*byline).clone());
    }
    let mut marks: Vec<usize> = anchors
        .iter()
        .map(|(at, _)| *at)
        .filter(|at| near(lines, *at, &anchors, start))
        .collect();
    if marks.is_empty() {
        marks.extend(byline_at);
    }
    let headline = headline(lines, from, start, &marks);
    if let Some(at) = headline {
        front.headline = Some(lines[at].text.to_owned());
        front.standfirst = standfirst(lines, at, start, english);
    } else {
        let line = lines.get(start).map_or(1, |line| line.number);
        front
            .doubts
            .push(doubt(line, "the document has no headline"));
    }
    if front.byline.is_none() {
        bare_byline(lines, headline.map_or(from, |at| at + 1), start, &mut front);
    }
    if front.published_at.is_none() && front.date_text.is_none() {
        date_below(lines, end, english, &mut front);
    }
    front
}

fn doubt(line: u32, message: impl Into<String>) -> Doubt {
    Doubt {
        line,
        message: message.into(),
    }
}

/// Whether a mark belongs to the article and not to a menu far above it.
fn near(lines: &[Line<'_>], at: usize, anchors: &[(usize, Anchor)], start: usize) -> bool {
    let next = anchors
        .iter()
        .map(|(other, _)| *other)
        .find(|other| *other > at)
        .unwrap_or(start);
    lines[at..next]
        .iter()
        .filter(|line| line.weight == Weight::Other)
        .count()
        <= 8
}

fn take_dates(lines: &[Line<'_>], anchors: &[(usize, Anchor)], front: &mut Front) {
    for (at, found) in anchors.iter().rev() {
        let Some(date) = &found.date else { continue };
        if let Some(second) = found
            .updated
            .as_ref()
            .filter(|_| front.updated_at.is_none())
        {
            front.updated_at = second.at;
        }
        let line = lines[*at].number;
        let missing = if date.updated {
            front.updated_at.is_none()
        } else {
            front.published_at.is_none() && front.date_text.is_none()
        };
        if !missing {
            continue;
        }
        front
            .doubts
            .extend(date.unsure.iter().map(|unsure| doubt(line, unsure.clone())));
        if date.updated {
            front.updated_at = date.at;
        } else {
            front.published_at = date.at;
            front.date_text = Some(lines[*at].text[date.start..date.end].trim().to_owned());
        }
    }
    if front.published_at.is_none() && front.date_text.is_none() && front.updated_at.is_some() {
        front.published_at = front.updated_at;
        front.doubts.push(doubt(
            1,
            "only a date of change is printed; it was taken as the date of publication too",
        ));
    }
}

/// Some sites print the date under the text, with a word that says so.
fn date_below(lines: &[Line<'_>], end: usize, english: bool, front: &mut Front) {
    static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:first |originally )?(?:published|posted|veröffentlicht|erschienen|publicado|publié|pubblicato)\b",
        )
    });
    for line in lines
        .iter()
        .skip(end)
        .take(15)
        .filter(|line| LABELLED.is_match(line.text))
    {
        if let Some(date) = dates::first(line.text, english) {
            front.doubts.extend(
                date.unsure
                    .iter()
                    .map(|unsure| doubt(line.number, unsure.clone())),
            );
            front.published_at = date.at;
            front.date_text = Some(line.text[date.start..date.end].trim().to_owned());
            return;
        }
    }
    front
        .doubts
        .push(doubt(1, "the document has no date of publication"));
}

/// A name alone between headline and text is a byline when nothing else is.
fn bare_byline(lines: &[Line<'_>], from: usize, start: usize, front: &mut Front) {
    let names = lines[from.min(start)..start]
        .iter()
        .filter(|line| line.weight == Weight::Other);
    let found: Vec<(&Line<'_>, Byline)> = names
        .filter(|line| front.standfirst.as_deref() != Some(line.text))
        .filter_map(|line| Some((line, bylines::of_names(line.text)?)))
        .collect();
    if let [(line, byline)] = &found[..] {
        front.doubts.push(doubt(
            line.number,
            format!("“{}” stands alone and was taken for the byline", line.text),
        ));
        front.byline = Some(byline.clone());
        return;
    }
    let line = lines.get(start).map_or(1, |line| line.number);
    front.doubts.push(doubt(line, "the document has no byline"));
}

/// The line that is most likely the headline.
fn headline(lines: &[Line<'_>], from: usize, start: usize, marks: &[usize]) -> Option<usize> {
    let first_mark = marks.first().copied().unwrap_or(start);
    let last_mark = marks.last().copied().unwrap_or(start);
    let mut best: Option<(i32, usize)> = None;
    for at in from..start {
        let text = lines[at].text;
        let words = count_words(text);
        let fits = matches!(lines[at].weight, Weight::Other | Weight::Sentence)
            || lines[at].weight == Weight::Prose && words <= 30;
        if !fits
            || marks.contains(&at)
            || words > 32
            || !may_be_headline(text)
            || rights::is_copyright(text)
        {
            continue;
        }
        let between = |a: usize, b: usize| {
            lines[a.min(b)..a.max(b)]
                .iter()
                .filter(|line| line.weight == Weight::Other)
                .count()
        };
        let mut score = match words {
            0 | 1 => -4,
            2 => -1,
            4..=20 => 3,
            _ => 1,
        };
        if text.ends_with('.') && !text.ends_with("...") || text.ends_with(':') {
            score -= 3;
        }
        if bylines::is_name(text) {
            score -= 3;
        }
        if printed_elsewhere(lines, at) {
            score += 2;
        }
        if marks.is_empty() {
            score -= i32::try_from(between(at + 1, start)).unwrap_or(9);
            let follows = lines[at + 1..start]
                .iter()
                .find(|line| line.weight != Weight::Furniture);
            let longer = follows.is_some_and(|line| {
                count_words(line.text) >= 12 && count_words(line.text) * 2 > words * 3
            });
            score += 3 * i32::from(longer && words <= 16);
        } else if at < first_mark {
            // A headline is often followed by a longer line that sums the article up.
            let sums_up = at + 1 < first_mark && {
                let next = count_words(lines[at + 1].text);
                next >= 8 && next * 2 > words * 3 && !printed_elsewhere(lines, at + 1)
            };
            score += 4 * i32::from(sums_up && words >= 4);
            score += if at + 1 == first_mark { 3 } else { 2 };
            let distance = lines[at + 1..first_mark]
                .iter()
                .filter(|line| line.weight == Weight::Other && count_words(line.text) < 12)
                .count();
            score -= 2 * i32::try_from(distance).unwrap_or(9);
            score -= i32::from(between(at + 1, first_mark) > distance);
        } else {
            score += if marks.contains(&(at.wrapping_sub(1))) {
                3
            } else {
                0
            };
            score += i32::from(at < last_mark);
            score -= 2 * i32::from(at > last_mark && at.wrapping_sub(1) != last_mark);
        }
        if best.is_none_or(|(other, _)| score > other) {
            best = Some((score, at));
        }
    }
    let only = start <= 6;
    best.filter(|(score, _)| *score >= if only { 0 } else { 2 })
        .map(|(_, at)| at)
}

fn may_be_headline(text: &str) -> bool {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\s[>›»/]\s.*\s[>›»/]\s|^(?:https?://|www\.|@|#)|^(?:source|from|photo|topics|tags|credit|anticipo|último momento)\s*:|\.{3}$",
        )
    });
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters * 2 > text.chars().count()
        && !PATH.is_match(&text.to_lowercase())
        && !bylines::is_by_alone(text)
}

/// Headlines stand in breadcrumbs and lists of what is read most, too.
fn printed_elsewhere(lines: &[Line<'_>], at: usize) -> bool {
    let text = lines[at].text;
    count_words(text) >= 4
        && lines
            .iter()
            .enumerate()
            .any(|(other, line)| other != at && line.text.contains(text))
}

/// The line between headline and text that sums the article up.
fn standfirst(lines: &[Line<'_>], headline: usize, start: usize, english: bool) -> Option<String> {
    let mut after = (headline + 1..start).filter(|at| lines[*at].weight != Weight::Furniture);
    let found = after.find(|at| {
        anchor(lines, *at, english).is_none() && !bylines::is_by_alone(lines[*at].text)
    })?;
    let line = &lines[found];
    let close = found - headline <= 4;
    let captioned = lines
        .get(found + 1)
        .is_some_and(|next| next.weight == Weight::Caption);
    let readable = matches!(
        line.weight,
        Weight::Other | Weight::Prose | Weight::Sentence
    );
    let names = bylines::of_names(line.text).is_some();
    (close && readable && !captioned && !names && count_words(line.text) >= 7)
        .then(|| line.text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The harbour of Kestrel Bay opened again on Monday after a storm had closed it for nine days.\nFishing boats left before dawn, and the first of them came back with full holds at noon.";

    fn of(front: &str) -> Front {
        let page = format!("{front}\n{TEXT}");
        let lines = page::lines(&page);
        let body = body_after_front(&lines, true, page::body(&lines, 0).expect("a body"));
        read(&lines, body.range.start, body.range.end, true)
    }

    #[test]
    fn headline_date_and_byline_are_found_in_their_usual_orders() {
        for front in [
            "Harbour opens after the storm\nBy Ada Holm\nMarch 5, 2021",
            "News\nSport\nWeather\nHarbour opens after the storm\nMarch 5, 2021 at 6:01 am\nUpdated March 6, 2021 at 3:33 pm\nBy\nAda Holm\nHarbour Gazette reporter",
            "05.03.2021\nHarbour opens after the storm\nVon Ada Holm",
            "Harbour opens after the storm\nBoats leave before dawn and come back at noon with full holds.\nBy Ada Holm | Published 5 March 2021",
            "World\nHarbour opens after the storm\nShare on Facebook\nBy Ada Holm, Reuters\n2021-03-05",
            "Harbour opens after the storm\nAda Holm\n5 mars 2021",
        ] {
            let found = of(front);
            assert_eq!(
                found.headline.as_deref(),
                Some("Harbour opens after the storm"),
                "{front}"
            );
            assert_eq!(
                found.byline.map(|byline| byline.authors),
                Some(vec!["Ada Holm".to_owned()]),
                "{front}"
            );
            assert_eq!(
                found
                    .published_at
                    .map(|at| at.date_naive().to_string())
                    .as_deref(),
                Some("2021-03-05"),
                "{front}"
            );
        }
    }

    #[test]
    fn a_page_without_a_headline_says_so() {
        let found = of("02/23/2023 / By Ada Holm");
        assert_eq!(found.headline, None);
        assert!(
            found
                .doubts
                .iter()
                .any(|doubt| doubt.message.contains("headline"))
        );
        assert_eq!(found.date_text.as_deref(), Some("02/23/2023"));
        assert_eq!(
            found.byline.map(|byline| byline.printed).as_deref(),
            Some("By Ada Holm")
        );
    }

    #[test]
    fn a_standfirst_before_the_byline_is_no_paragraph() {
        let found = of(
            "Harbour opens after the storm\nBoats left before dawn on Monday and came back at noon with holds full of fish.\nBy Ada Holm\nMarch 5, 2021",
        );
        assert_eq!(
            found.standfirst.as_deref(),
            Some("Boats left before dawn on Monday and came back at noon with holds full of fish.")
        );
    }
}
