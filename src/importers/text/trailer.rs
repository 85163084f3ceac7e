//! Reads what stands around the article's text: the list of sources, tags, notices, copyright and terms.
//!
//! It keeps every text as printed and never takes a line of the body.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::page::{self, Line, Weight};
use super::rights::{self, Copyright, is_copyright, is_terms};
use super::words::pattern;
use crate::editorial::vocabulary::NoticeKind;

/// Everything around the text.
#[derive(Debug, Default, PartialEq)]
pub struct Trailer {
    pub tags: Vec<String>,
    pub sources: Vec<ListedSource>,
    pub notices: Vec<(NoticeKind, String)>,
    pub copyright: Option<Copyright>,
    pub licence: Option<String>,
    pub terms: Option<String>,
}

/// An entry of the article's own list of sources.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListedSource {
    pub name: Option<String>,
    pub url: Option<String>,
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heading {
    Sources,
    Tags,
}

/// Reads the lines before and after the body.
#[must_use]
pub fn read(lines: &[Line<'_>], before: usize, after: usize) -> Trailer {
    let mut trailer = Trailer::default();
    let mut at = after;
    let mut credited = None;
    while at < lines.len() {
        if let Some((heading, inline)) = heading(lines[at].text) {
            let entries = entries(lines, at, inline, heading);
            at = entries.1;
            match heading {
                Heading::Sources if trailer.sources.is_empty() => {
                    trailer.sources = entries
                        .0
                        .into_iter()
                        .filter_map(|(line, text)| listed(line, text))
                        .collect();
                }
                Heading::Tags if trailer.tags.is_empty() => {
                    trailer.tags = entries
                        .0
                        .into_iter()
                        .map(|(_, text)| text.to_owned())
                        .collect();
                }
                _ => {}
            }
            continue;
        }
        if trailer.copyright.is_none() && is_copyright(lines[at].text) {
            trailer.copyright = rights::copyright(lines[at].text);
            credited = Some(at);
        } else if let Some(kind) = notice(lines[at].text) {
            trailer.notices.push((kind, lines[at].text.to_owned()));
        } else if credited.is_none() && is_disclaimer(lines[at].text) {
            trailer
                .notices
                .push((NoticeKind::Disclaimer, lines[at].text.to_owned()));
        }
        at += 1;
    }
    for line in &lines[..before] {
        if let Some((Heading::Tags, inline)) =
            heading(line.text).filter(|(_, inline)| !inline.is_empty())
            && trailer.tags.is_empty()
        {
            trailer.tags = split(inline).into_iter().map(str::to_owned).collect();
        } else if let Some(kind) = notice(line.text) {
            trailer.notices.push((kind, line.text.to_owned()));
        } else if trailer.copyright.is_none() && is_copyright(line.text) {
            trailer.copyright = rights::copyright(line.text);
        }
    }
    trailer.terms = rights::terms(lines, after, credited);
    trailer.licence = lines[after.min(lines.len())..]
        .iter()
        .find_map(|line| rights::licence(line.text));
    trailer
}

/// Whether the article's text cannot go on at or after this line.
#[must_use]
pub fn ends_article(lines: &[Line<'_>], at: usize) -> bool {
    let text = lines[at].text;
    if is_copyright(text) && page::count_words(text) < 40 {
        return true;
    }
    if notice(text).is_some() {
        // A correction may stand between paragraphs; only what follows decides.
        return !lines[at + 1..]
            .iter()
            .take(2)
            .any(|line| line.weight == Weight::Prose);
    }
    match heading(text) {
        Some((Heading::Tags, _)) => true,
        Some((Heading::Sources, inline)) => {
            inline.is_empty()
                || !lines[at + 1..]
                    .iter()
                    .take(2)
                    .any(|line| line.weight == Weight::Prose)
        }
        None => is_disclaimer(text) && page::count_words(text) < 60,
    }
}

fn heading(text: &str) -> Option<(Heading, &str)> {
    static SOURCES: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:sources?(?:\s+(?:(?:for|in|of) this (?:article|story|report|post))?\s*(?:used|cited|include[sd]?|are|and references|consulted)?)?|references|further sources|quellen?(?:angaben?)?|fuentes?|fontes?|fonti)\s*(?P<colon>:)?\s*(?P<rest>.*)$",
        )
    });
    static TAGS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:tagged(?:\s+(?:under|as|with|in))?|tags?|related\s+(?:topics|tags|subjects)|topics?(?:\s+in\s+this\s+(?:article|story))?|filed\s+(?:under|in|to)|posted\s+in|more\s+on\s+this\s+topic|keywords?|subjects?|schlagw(?:ö|oe)rter|schlagworte|stichw(?:ö|oe)rter|themen|etiquetas|temas(?:\s+relacionados)?|palabras\s+clave|mots[- ]cl(?:é|e)s|étiquettes|sujets|tópicos|argomenti)\s*(?P<colon>:)?\s*(?P<rest>.*)$",
        )
    });
    for (regex, heading) in [(&SOURCES, Heading::Sources), (&TAGS, Heading::Tags)] {
        let Some(found) = regex.captures(text) else {
            continue;
        };
        let rest = found.name("rest").map_or("", |rest| rest.as_str());
        if found.name("colon").is_some() && page::count_words(rest) < 120 || rest.is_empty() {
            return Some((heading, rest));
        }
    }
    None
}

/// The entries under a heading, each with its line, and the index of the line after them.
fn entries<'a>(
    lines: &[Line<'a>],
    at: usize,
    inline: &'a str,
    heading: Heading,
) -> (Vec<(u32, &'a str)>, usize) {
    let mut next = at + 1;
    if !inline.is_empty() {
        let parts = if heading == Heading::Sources {
            split_sources(inline)
        } else {
            split(inline)
        };
        return (
            parts
                .into_iter()
                .map(|part| (lines[at].number, part))
                .collect(),
            next,
        );
    }
    let mut found: Vec<(u32, &str)> = Vec::new();
    let spaced = lines.get(next).is_some_and(|line| line.after_blank);
    while let Some(line) = lines.get(next) {
        let stops = self::heading(line.text).is_some()
            || is_copyright(line.text)
            || is_disclaimer(line.text)
            || notice(line.text).is_some()
            || is_terms(line.text)
            || line.after_blank && !spaced && !found.is_empty();
        if stops || !may_be_entry(line, heading) {
            break;
        }
        let parts = if heading == Heading::Sources {
            split_sources(line.text)
        } else {
            split(line.text)
        };
        let whole_list = heading == Heading::Tags && parts.len() > 2;
        if whole_list && !found.is_empty() {
            break;
        }
        found.extend(parts.into_iter().map(|part| (line.number, part)));
        next += 1;
        if whole_list && !line.text.ends_with(',') {
            break;
        }
    }
    (found, next)
}

fn may_be_entry(line: &Line<'_>, heading: Heading) -> bool {
    match heading {
        Heading::Sources => {
            (line.weight != Weight::Prose || address(line.text).is_some())
                && page::count_words(line.text) <= 40
                && (line.weight != Weight::Furniture || address(line.text).is_some())
        }
        Heading::Tags => {
            line.weight != Weight::Furniture
                && (line.text.contains(',') && page::count_words(line.text) < 120
                    || page::count_words(line.text) <= 6)
                && !line.text.ends_with(['.', ':', '?', '!'])
        }
    }
}

fn split(list: &str) -> Vec<&str> {
    let by = [",", ";", " | ", "|", " • ", "•", " · ", "·", " / "]
        .into_iter()
        .find(|by| list.contains(by));
    let parts: Vec<&str> = by.map_or_else(|| vec![list], |by| list.split(by).collect());
    parts
        .into_iter()
        .map(|part| {
            part.trim()
                .trim_start_matches(['#', '-', '*', '•'])
                .trim()
                .trim_end_matches('.')
                .trim()
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// Names may hold commas ("Harbour Board, annual report"), so that only lists of plain names or addresses are split.
fn split_sources(list: &str) -> Vec<&str> {
    let list = list.trim_start_matches(['-', '*', '•', ' ']);
    let parts = if list.contains(';') || list.contains('|') {
        list.split([';', '|']).collect()
    } else {
        split(list)
    };
    let plain = parts.len() > 1
        && parts
            .iter()
            .all(|part| page::count_words(part) <= 4 || address(part).is_some());
    if plain || list.contains([';', '|']) {
        parts
            .into_iter()
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect()
    } else {
        vec![list.trim()]
    }
}

fn listed(line: u32, text: &str) -> Option<ListedSource> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:\[?\d{1,2}[\].)]|[-•*–])\s*|\s*[\[(](?i:pdf|archived?|video|link|in \w+)[\])]$",
        )
    });
    let text = NUMBER.replace_all(text.trim(), "").into_owned();
    let Some((printed, url)) = address(&text) else {
        let name = text.trim_matches([' ', ',', ';', ':']).to_owned();
        return (!name.is_empty()).then_some(ListedSource {
            name: Some(name),
            url: None,
            line,
        });
    };
    let name = text.replace(printed, "");
    let name = name.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—' | ',' | '(' | ')' | '<' | '>' | '|')
    });
    let host = Url::parse(&url).ok().and_then(|url| {
        url.host_str()
            .map(|host| host.trim_start_matches("www.").to_owned())
    });
    let name = if name.is_empty() {
        // A bare site name keeps its printed spelling, which may use capitals.
        if printed.contains('/') {
            host
        } else {
            Some(printed.trim_start_matches("www.").to_owned())
        }
    } else {
        Some(name.to_owned())
    };
    Some(ListedSource {
        name,
        url: Some(url),
        line,
    })
}

/// The first web address in a text: as printed, and complete.
fn address(text: &str) -> Option<(&str, String)> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:https?://[^\s<>]+|\bwww\.[^\s<>]+|(?:^|\s)(?:[\p{L}\d-]+\.)+[a-z]{2,12}(?:/[^\s<>]*)?)",
        )
    });
    let printed = ADDRESS
        .find(text)?
        .as_str()
        .trim()
        .trim_end_matches(['.', ',', ')', ';']);
    let complete = if printed.starts_with("http") {
        printed.to_owned()
    } else {
        format!("https://{printed}")
    };
    Url::parse(&complete)
        .ok()
        .filter(|url| url.host_str().is_some_and(|host| host.contains('.')))?;
    Some((printed, complete))
}

/// The kind of a notice such as a correction, when the line is one.
#[must_use]
pub fn notice(text: &str) -> Option<NoticeKind> {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:\*+\s*)?(?P<label>corrections?|clarifications?|retraction|editor['’]s note|editors['’] note|amendment|berichtigung|korrektur|richtigstellung|rectificaci(?:ó|o)n|correcci(?:ó|o)n|fe de erratas|aclaraci(?:ó|o)n|rectificatif|précision|correzione|correção)\b[^:–—]{0,40}[:–—]",
        )
    });
    static SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:\*+\s*)?(?:this (?:article|story|report|piece|post|page|headline)(?:['’]s \w+)? (?:was|has been|is being) (?:amended|corrected|updated|clarified|edited|retracted|withdrawn|changed)|an earlier version of this|a previous version of this|dieser (?:artikel|text|beitrag) wurde .*(?:korrigiert|berichtigt|geändert)|in einer früheren (?:version|fassung)|este artículo (?:fue|ha sido) (?:corregido|modificado)|cet article a été (?:corrigé|modifié))",
        )
    });
    let lower = text.to_lowercase();
    let of = |text: &str| {
        if text.contains("retract") || text.contains("withdrawn") {
            NoticeKind::Retraction
        } else if text.contains("clarif") || text.contains("aclarac") || text.contains("précision")
        {
            NoticeKind::Clarification
        } else {
            NoticeKind::Correction
        }
    };
    if let Some(found) = LABEL.captures(text) {
        let label = found["label"].to_lowercase();
        let note = label.contains("note");
        let about_an_error = [
            "correct",
            "clarif",
            "retract",
            "earlier version",
            "previous version",
            "amended",
            "error",
            "withdrawn",
        ];
        if note && !about_an_error.iter().any(|word| lower.contains(word)) {
            return None;
        }
        return Some(of(if note { &lower } else { &label }));
    }
    SENTENCE.is_match(text).then(|| of(&lower))
}

fn is_disclaimer(text: &str) -> bool {
    static DISCLAIMER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^disclaimer\b|\b(?:statements? that reflect the opinions?|(?:views?|opinions?)\b.{0,60}\b(?:expressed|are (?:those|solely|his|her|their)|of the authors?\b.{0,40}(?:own|alone|necessarily))|(?:do|does|may) not (?:necessarily )?(?:reflect|represent)\b.{0,60}\b(?:views?|opinions?|position|policy)|for informational purposes only|not (?:intended as |constitute )?(?:financial|medical|legal|investment) advice|gibt die meinung|meinung des autors|opiniones? (?:expresad|vertid|del autor)|opinions? exprimées?|n['’]engagent que)",
        )
    });
    DISCLAIMER.is_match(text)
        && !text.to_lowercase().contains("comments are")
        && !text.contains(['“', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Trailer {
        let lines = page::lines(text);
        read(&lines, 0, 0)
    }

    #[test]
    fn tags_keep_their_order_case_and_blanks_on_one_line_or_on_many() {
        let expected = ["harbour", "Kestrel Bay", "fishing fleet"];
        for text in [
            "Tagged Under:\nharbour, Kestrel Bay, fishing fleet",
            "Tags: harbour, Kestrel Bay, fishing fleet",
            "Related Topics\nharbour\nKestrel Bay\nfishing fleet\nShow more",
            "Filed under: harbour | Kestrel Bay | fishing fleet",
            "Topics:\n\nharbour\n\nKestrel Bay\n\nfishing fleet\n\n© 2024 The Harbour Gazette",
        ] {
            assert_eq!(of(text).tags, expected, "{text}");
        }
    }

    #[test]
    fn listed_sources_are_names_addresses_or_both_and_may_be_none() {
        let found = of(
            "Sources include:\nKestrelPost.com\nHarbour Board: https://board.example.org/report\nThe Tide\nTags: a, b",
        );
        let pairs: Vec<_> = found
            .sources
            .iter()
            .map(|source| (source.name.as_deref(), source.url.as_deref()))
            .collect();
        assert_eq!(
            pairs,
            [
                (Some("KestrelPost.com"), Some("https://KestrelPost.com")),
                (
                    Some("Harbour Board"),
                    Some("https://board.example.org/report")
                ),
                (Some("The Tide"), None),
            ]
        );
        assert!(
            of("Sources include:\nTagged Under:\na, b, c")
                .sources
                .is_empty()
        );
    }

    #[test]
    fn corrections_and_disclaimers_are_told_apart() {
        for (line, kind) in [
            (
                "Correction: An earlier version misspelled the skipper’s name.",
                NoticeKind::Correction,
            ),
            (
                "This article was amended on 4 March 2021 to correct a date.",
                NoticeKind::Correction,
            ),
            (
                "Clarification (March 4): The pier is public.",
                NoticeKind::Clarification,
            ),
            (
                "Editor’s note: This story has been retracted.",
                NoticeKind::Retraction,
            ),
            (
                "The views expressed here are the author’s own.",
                NoticeKind::Disclaimer,
            ),
            (
                "Opinions expressed do not necessarily reflect those of the paper.",
                NoticeKind::Disclaimer,
            ),
        ] {
            assert_eq!(of(line).notices, [(kind, line.to_owned())]);
        }
        assert!(
            of("Editor’s note: Ada Holm will read from her book tonight.")
                .notices
                .is_empty()
        );
    }
}
