//! Reads whose the article is: copyright lines, licences and terms of use.
//!
//! It keeps each as printed and draws no conclusion about what is allowed.

use std::sync::LazyLock;

use regex::Regex;

use super::page::{self, Line};
use super::trailer;
use super::words::pattern;

/// A copyright line.
#[derive(Debug, PartialEq, Eq)]
pub struct Copyright {
    pub line: String,
    pub year: Option<i32>,
    pub holder: Option<String>,
}

/// Whether the line states a copyright.
#[must_use]
pub fn is_copyright(text: &str) -> bool {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:copyright\b.{0,6}\b(?:\d{4}|\p{Lu})|©|\(c\)\s*\d{4}|copyright\s+©)|©\s*(?:copyright\s*)?\d{4}|\bcopyright\s+(?:©|\(c\))?\s*\d{4}\b",
        )
    });
    LINE.is_match(text)
        && !(text.starts_with("Copyright ")
            && text.ends_with('.')
            && !text.contains(|c: char| c.is_ascii_digit())
            && page::count_words(text) > 14)
}

/// The parts of a copyright line.
#[must_use]
pub fn copyright(text: &str) -> Option<Copyright> {
    static PARTS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:copyright|©|\(c\))(?:\s|copyright|©|\(c\)|by\b|:)*(?:(?P<from>\d{4})(?:\s*[-–,]\s*(?P<to>\d{4}))?)?(?:\s|,|©|by\b|-|–|\|)*(?P<holder>[^|]*)",
        )
    });
    static YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:19|20)\d{2}\b"));
    static END: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(?:\s*(?:all rights reserved|alle rechte|todos los derechos|tous droits|reproduction of|todos os direitos)|(?P<stop>(?-i:\p{Ll}{4,})|\))\.\s|\s[-–•·]\s).*$",
        )
    });
    let found = PARTS.captures(text)?;
    let year = found
        .name("to")
        .or(found.name("from"))
        .map(|year| year.as_str());
    let year = year
        .or_else(|| YEAR.find(text).map(|year| year.as_str()))
        .and_then(|year| year.parse().ok());
    let holder = found.name("holder").map_or("", |holder| holder.as_str());
    let end = END.captures(holder).map(|end| {
        end.name("stop").map_or_else(
            || end.get(0).map_or(holder.len(), |whole| whole.start()),
            |stop| stop.end(),
        )
    });
    let holder = holder[..end.unwrap_or(holder.len())].trim();
    let holder = YEAR.replace(holder, "");
    let company = ["Inc.", "Co.", "Ltd.", "Corp.", "S.A.", "LLC."]
        .iter()
        .any(|ending| holder.trim().ends_with(ending));
    let holder = holder.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | '-' | '–') || c == '.' && !company
    });
    Some(Copyright {
        line: text.to_owned(),
        year,
        holder: (!holder.is_empty()).then(|| holder.to_owned()),
    })
}

/// Whether the line speaks of rights or liability.
#[must_use]
pub fn is_terms(text: &str) -> bool {
    static TERMS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:all (?:content|material)s? (?:posted|published|on|in)|all rights reserved|may not be (?:published|reproduced|copied|redistributed|broadcast)|without (?:prior |the )?(?:written |express )?(?:permission|consent)|(?:registered )?trade-?marks?|assumes no (?:responsibility|liability)|is not responsible for|terms (?:and conditions|of (?:use|service)) apply|alle rechte vorbehalten|todos los derechos reservados|tous droits réservés|nachdruck|reproducción)",
        )
    });
    TERMS.is_match(text)
}

/// The terms of use: the lines of prose about rights that follow the copyright line, or stand directly before it.
pub fn terms(lines: &[Line<'_>], after: usize, credited: Option<usize>) -> Option<String> {
    let is_term = |line: &Line<'_>| is_terms(line.text) && page::count_words(line.text) >= 6;
    let from = credited.map_or(after, |at| at + 1).min(lines.len());
    let mut found: Vec<&str> = lines[from..]
        .iter()
        .filter(|line| is_term(line))
        .map(|line| line.text)
        .collect();
    if found.is_empty()
        && let Some(credited) = credited
    {
        let start = credited.saturating_sub(3).max(after);
        let before = lines[start..credited]
            .iter()
            .filter(|line| is_term(line) && trailer::notice(line.text).is_none());
        found = before.map(|line| line.text).collect();
    }
    (!found.is_empty()).then(|| found.join("\n"))
}

/// The licence that a line names.
#[must_use]
pub fn licence(text: &str) -> Option<String> {
    static LICENCE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\bCC[ -](?:BY(?:-(?:SA|ND|NC|NC-SA|NC-ND))?|0)(?:[ -]\d\.\d)?\b|\bCreative Commons [A-Z][\w-]*(?:[ -][A-Z0-9][\w.-]*)*(?: (?:International|[Ll]icen[cs]e))*",
        )
    });
    LICENCE
        .find(text)
        .map(|found| found.as_str().trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copyright_lines_give_year_and_holder() {
        for (line, year, holder) in [
            ("COPYRIGHT © 2022 Harbour.news", Some(2022), "Harbour.news"),
            (
                "© Kestrel Media Group Limited 2017",
                Some(2017),
                "Kestrel Media Group Limited",
            ),
            (
                "Copyright © 2019 The Harbour Gazette | Privacy statement",
                Some(2019),
                "The Harbour Gazette",
            ),
            (
                "© 1996-2015 The Harbour Gazette",
                Some(2015),
                "The Harbour Gazette",
            ),
            (
                "Copyright © 2015 Kestrel Media, Inc. Reproduction of material is prohibited.",
                Some(2015),
                "Kestrel Media, Inc.",
            ),
            (
                "© 2020 Kestrel. All rights reserved.",
                Some(2020),
                "Kestrel",
            ),
            (
                "Copyright Kestrel and Weekly Times. All times AEST",
                None,
                "Kestrel and Weekly Times",
            ),
            ("(c) 2021 by Ada Holm", Some(2021), "Ada Holm"),
        ] {
            let found = copyright(line).expect(line);
            assert_eq!(
                (found.year, found.holder.as_deref()),
                (year, Some(holder)),
                "{line}"
            );
        }
    }
}
