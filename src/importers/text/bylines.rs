//! Reads bylines: who a line credits, and which agency.
//!
//! It only reads lines that it is given; finding the line on the page is the front's work. It never turns a sentence
//! into a name: every part must look like a person, an agency or a staff.

use std::sync::LazyLock;

use regex::Regex;

use super::outlets;
use super::roles::is_calendar;
use super::words::pattern;

/// A byline as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Byline {
    /// The byline as printed, without a date or a handle that shares its line.
    pub printed: String,
    pub authors: Vec<String>,
    /// Agencies credited beside or instead of people.
    pub agencies: Vec<String>,
}

const BY: &str = r"(?:(?:written|words|story|reported|report|posted|text|texte?)\s+(?:by|von|par|de)|by|von|por|par|di|autor(?:en|es|a)?|authors?|text|texte)";

/// The byline that a line holds after a word such as "By"; `rest` is the line without its date.
#[must_use]
pub fn after_by(rest: &str) -> Option<Byline> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"(?i)^[\s/|•·–—,-]*(?P<by>{BY}\s*:?\s+(?P<names>\S.*))$"
        ))
    });
    let found = LINE.captures(rest)?;
    let names = found.name("names")?.as_str();
    let (kept, names) = without_tail(names);
    let (authors, agencies) = people(names)?;
    let by = found.name("by")?;
    let printed = by.as_str()[..by.as_str().len() - found["names"].len() + kept]
        .trim()
        .to_owned();
    Some(Byline {
        printed,
        authors,
        agencies,
    })
}

/// Whether the line is only the word before a name: `By`.
#[must_use]
pub fn is_by_alone(line: &str) -> bool {
    static ALONE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"(?i)^{BY}\s*:?$")));
    ALONE.is_match(line)
}

/// The byline of a line that holds nothing but names.
#[must_use]
pub fn of_names(line: &str) -> Option<Byline> {
    let (kept, names) = without_tail(line);
    let (authors, agencies) = people(names)?;
    Some(Byline {
        printed: line[..kept].trim().to_owned(),
        authors,
        agencies,
    })
}

/// The byline of a line such as "Ada Holm, Reuters" or "Ada Holm in Oslo", which only a reporter's name begins.
#[must_use]
pub fn of_reporter(line: &str) -> Option<Byline> {
    static POSTED: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^\p{Lu}\S+ (?:\S+ ){1,3}in \p{Lu}[\p{L} ,]{2,40}$"));
    let found = of_names(line)?;
    let agency = !found.agencies.is_empty() && found.agencies != found.authors;
    (agency || POSTED.is_match(line)).then_some(found)
}

/// Whether the line credits a staff or an agency, which need no "By" to be a byline.
#[must_use]
pub fn is_staff_or_agency(line: &str) -> bool {
    is_staff(line) || outlets::is_agency(line)
}

/// Cuts off what follows the names on the line; the length kept, and the names.
fn without_tail(names: &str) -> (usize, &str) {
    static TAIL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\s*(?:\bfollow\b.*|@\w+.*|\S+@\S+.*|\s[|•·].*|,?\s+(?:in|for|at|für|en|à)\s+(?:the\s+)?\p{Lu}.*|\s[–—-]\s.*|\s/\s.*|\b(?:published|updated|posted|on|am|le|el)\b\s*:?\s*|,?\s*\d[\d:.,\s]*(?:[ap]\.?m\.?)?.*)$",
        )
    });
    let kept = TAIL.find(names).map_or(names.len(), |tail| tail.start());
    (
        kept,
        names[..kept]
            .trim_end_matches([' ', ',', '.', ';', '|', '/'])
            .trim(),
    )
}

/// The people and agencies of a list of names; `None` when a part is neither.
fn people(names: &str) -> Option<(Vec<String>, Vec<String>)> {
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\s*(?:,\s*(?:and|und|y|et|e)\s|,|;|\s&\s|\s/\s|\s(?:and|und|y|e|et|with|mit|con)\s)\s*",
        )
    });
    if is_staff(names) {
        return Some((vec![names.to_owned()], Vec::new()));
    }
    let mut authors = Vec::new();
    let mut agencies = Vec::new();
    for part in BETWEEN.split(names) {
        let part = part
            .trim()
            .trim_start_matches("By ")
            .trim_start_matches("by ");
        if part.is_empty() {
            continue;
        }
        let person = outlets::without_article(part);
        if outlets::is_agency(part) {
            agencies.push(person.to_owned());
        } else if is_staff(part) || is_name(part) && !is_post(part) && !outlets::is_outlet(part) {
            authors.push(part.to_owned());
        } else if let Some(author) = before_outlet(part) {
            authors.push(author);
        } else if authors.is_empty() {
            return None;
        }
        // What follows a name and is no name is the author's post: "business reporter", "of The Gazette".
    }
    if authors.is_empty() {
        authors.clone_from(&agencies);
    }
    (!authors.is_empty()).then_some((authors, agencies))
}

/// "Tom Reed BBC News": the name before that of an outlet.
fn before_outlet(part: &str) -> Option<String> {
    let words: Vec<&str> = part.split(' ').collect();
    (2..words.len()).find_map(|cut| {
        let (name, outlet) = (words[..cut].join(" "), words[cut..].join(" "));
        (outlets::is_outlet(&outlet) && is_name(&name)).then_some(name)
    })
}

/// Whether the text is what somebody does: "Political Correspondent".
fn is_post(part: &str) -> bool {
    let last = part.rsplit(' ').next().unwrap_or_default().to_lowercase();
    [
        "correspondent",
        "editor",
        "reporter",
        "writer",
        "columnist",
        "contributor",
        "journalist",
        "photographer",
        "producer",
        "analyst",
        "critic",
        "redakteur",
        "redakteurin",
        "korrespondent",
        "corresponsal",
        "writers",
    ]
    .contains(&last.as_str())
}

fn is_staff(part: &str) -> bool {
    static STAFF: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)^(?:(?:our|the|a)\s+)?(?:\p{L}[\p{L}'’.]*\s+){0,3}(?:staff(?:\s+(?:writers?|reporters?|and agencies))?|editorial board|newsroom|news desk|redaktion|redacción|rédaction)$|^(?:our|a|staff|special)\s+(?:\p{L}+\s+){0,2}(?:correspondents?|reporters?|editors?|team)$",
        )
    });
    part.chars().next().is_some_and(char::is_uppercase)
        && part.split_whitespace().count() <= 5
        && STAFF.is_match(part)
}

/// Whether the text looks like the name of one person, of two to five words.
#[must_use]
pub fn is_name(text: &str) -> bool {
    const PARTICLES: &[&str] = &[
        "de", "del", "della", "di", "da", "dos", "du", "van", "von", "der", "den", "ter", "bin",
        "ibn", "al", "el", "la", "le", "af", "zu", "und", "y", "i",
    ];
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#"^(?:\(?(?:\p{Lu}\.-?)+\)?|["“‘'(]?(?:d['’]|de)?\p{Lu}[\p{L}'’-]*["”’')]?\.?)$"#)
    });
    const DAYS_AND_MONTHS: &[&str] = &[
        "Mar", "Apr", "Feb", "Jan", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    (2..=5).contains(&words.len())
        && words
            .iter()
            .all(|word| WORD.is_match(word) || PARTICLES.contains(&word.trim_end_matches('-')))
        && words.first().is_some_and(|word| {
            word.starts_with(|c: char| c.is_uppercase()) || PARTICLES.contains(word)
        })
        && words
            .last()
            .is_some_and(|word| word.chars().any(char::is_uppercase))
        && !words
            .last()
            .is_some_and(|word| is_calendar(word) || DAYS_AND_MONTHS.contains(word))
        && !outlets::has_organisation_word(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bylines_are_read_in_their_usual_wordings() {
        for (line, authors) in [
            ("By Ada Holm", &["Ada Holm"][..]),
            ("by: Ada Holm", &["Ada Holm"]),
            ("/ By JD Holm", &["JD Holm"]),
            ("By Ada Holm and Per Lind", &["Ada Holm", "Per Lind"]),
            (
                "By Ada Holm, Per Lind and Zoë O’Brien",
                &["Ada Holm", "Per Lind", "Zoë O’Brien"],
            ),
            (
                "Written by Ada van der Holm, staff writer",
                &["Ada van der Holm"],
            ),
            (
                "Von Jörg Müller-Lüdenscheidt",
                &["Jörg Müller-Lüdenscheidt"],
            ),
            ("Por María José Peña", &["María José Peña"]),
            (
                "Par Jean d'Ormes et Anne Roy",
                &["Jean d'Ormes", "Anne Roy"],
            ),
            ("By Ada Holm  Follow @ada", &["Ada Holm"]),
            ("By Ada Holm in Bergen", &["Ada Holm"]),
            ("By Ada Holm | The Harbour Gazette", &["Ada Holm"]),
            ("BY ADA HOLM, Reuters", &["ADA HOLM"]),
            ("By The Associated Press", &["Associated Press"]),
        ] {
            let found = after_by(line).unwrap_or_default();
            assert_eq!(found.authors, authors, "{line}");
        }
        assert_eq!(
            after_by("BY ADA HOLM, Reuters")
                .unwrap_or_default()
                .agencies,
            ["Reuters"]
        );
        assert_eq!(
            after_by("By Ada Holm March 18 Follow @x").map(|found| found.authors),
            None
        );
    }

    #[test]
    fn a_sentence_that_begins_with_by_is_no_byline() {
        for line in [
            "By then the harbour was closed.",
            "By Tuesday",
            "Von wegen billig",
            "By the River Road",
        ] {
            assert_eq!(after_by(line), None, "{line}");
        }
    }

    #[test]
    fn a_staff_and_an_agency_need_no_by() {
        assert!(is_staff_or_agency("Our Foreign Staff"));
        assert!(is_staff_or_agency("Associated Press"));
        assert!(!is_staff_or_agency("Middle East"));
        assert!(of_names("Richard (R.J.) Holm").is_some());
    }
}
