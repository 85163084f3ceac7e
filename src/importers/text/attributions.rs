//! Finds the outlets, agencies and organisations to which the running text attributes what it says.
//!
//! Only a name counts: "according to officials" names nobody and yields nothing. It never looks inside quotations.

use std::sync::LazyLock;

use regex::Regex;

use super::names::{Named, is_article, named, settle};
use super::outlets;
use super::people::People;
use super::speech::Event;
use super::words::{Word, pattern};

/// An attribution in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// Byte range of the words: `according to Russian state media Tass`.
    pub start: usize,
    pub end: usize,
    pub source: Named,
    /// What the text says of the source.
    pub note: Option<String>,
    /// Whether it names the source of another source: "citing".
    pub citing: bool,
    pub unsure: bool,
}

impl Attribution {
    /// Whether other words can have reached the article through it.
    #[must_use]
    pub fn is_outlet(&self) -> bool {
        matches!(self.source, Named::Outlet(_))
    }
}

/// The attributions of a block whose quotations are masked.
#[must_use]
pub fn find(
    text: &str,
    tokens: &[Word<'_>],
    events: &[Event],
    people: &People,
) -> Vec<Attribution> {
    static ANY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:according to|selon|d['’]après|laut|zufolge|nach angaben (?:von|der|des)|según|de acuerdo con|segundo|de acordo com|secondo|(?P<citing>citing|unter berufung auf|citando a|citant))\s+",
        )
    });
    static OUTLET_ONLY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)\b(?:told|tells|telling|seen by|obtained by|reviewed by|reported by|quoted by|cited by|published (?:by|in)|interview (?:with|on|in)|interviewed by|speaking (?:to|on)|spoke (?:to|with)|comments? to|statement to|gegenüber|sagte(?: der| dem)?|dijo a|declaró a|explicó a|déclaré à|indiqué à|confié à|disse (?:à|ao)|reports? (?:by|from|in))\s+",
        )
    });
    let mut found = Vec::new();
    for trigger in ANY.captures_iter(text) {
        let Some(whole) = trigger.get(0) else {
            continue;
        };
        let citing = trigger.name("citing").is_some();
        take(
            text,
            tokens,
            people,
            (whole.start(), whole.end()),
            citing,
            false,
            &mut found,
        );
    }
    for trigger in OUTLET_ONLY.find_iter(text) {
        take(
            text,
            tokens,
            people,
            (trigger.start(), trigger.end()),
            false,
            true,
            &mut found,
        );
    }
    for event in events {
        if let Some(attribution) = reported(text, tokens, event, people) {
            found.push(attribution);
        }
    }
    found.sort_by_key(|attribution| (attribution.citing, attribution.start));
    let mut kept: Vec<Attribution> = Vec::new();
    for attribution in found {
        if kept
            .iter()
            .all(|other| attribution.start >= other.end || attribution.end <= other.start)
        {
            kept.push(attribution);
        }
    }
    kept.sort_by_key(|attribution| attribution.start);
    kept
}

fn take(
    text: &str,
    tokens: &[Word<'_>],
    people: &People,
    trigger: (usize, usize),
    citing: bool,
    outlet_only: bool,
    found: &mut Vec<Attribution>,
) {
    if text[trigger.1..].starts_with(['“', '"', '„', '«']) {
        return;
    }
    let mut at = tokens.partition_point(|word| word.start < trigger.1);
    let mut start = trigger.0;
    while let Some(name) = named(text, tokens, at) {
        let (source, unsure) = settle(text, tokens, &name, people);
        let outlet = matches!(&source, Named::Outlet(printed) if outlets::is_outlet(printed));
        if outlet_only && !outlet {
            return;
        }
        let end = tokens[name.last].end;
        found.push(Attribution {
            start,
            end,
            source,
            note: name.note(text, tokens),
            citing,
            unsure: unsure && !outlet,
        });
        // "Reuters and the BBC" are two sources; "Travel and Tourism Council" was taken whole.
        let next = name.last + 1;
        if !outlet
            || tokens[name.last].closes
            || !tokens
                .get(next)
                .is_some_and(|word| matches!(word.text, "and" | "und" | "y" | "et"))
        {
            return;
        }
        let Some(second) = named(text, tokens, next + 1) else {
            return;
        };
        if !outlets::is_outlet(&text[tokens[second.first].start..tokens[second.last].end]) {
            return;
        }
        at = next + 1;
        start = tokens[at].start;
    }
}

/// "Reuters reported", "as Mashable reports", "the BBC said".
fn reported(
    text: &str,
    tokens: &[Word<'_>],
    event: &Event,
    people: &People,
) -> Option<Attribution> {
    const REPORTING: &[&str] = &[
        "reported",
        "reports",
        "berichtet",
        "berichtete",
        "meldete",
        "meldet",
        "informó",
        "rapporte",
        "rapporté",
    ];
    let (first, last) = event.subject_words;
    let run = tokens
        .get(first..last)
        .filter(|run| !run.is_empty() && !event.participle)?;
    let skip = run.iter().take_while(|word| is_article(word.text)).count();
    let run = run.get(skip..).filter(|run| {
        run.iter()
            .all(|word| word.is_capitalised() || word.text == "of")
    })?;
    let printed = &text[run.first()?.start..run.last()?.end];
    let verb = &text[event.verb.0..event.verb.1];
    let after_as =
        first + skip > 0 && matches!(tokens[first + skip - 1].text, "as" | "As" | "wie" | "Wie");
    let known = outlets::is_outlet(printed);
    let person = people
        .named(printed)
        .is_some_and(|at| people.persons[at].certain)
        || people.by_one_name(printed).is_some();
    let named_as_outlet = after_as && !person && REPORTING.contains(&verb);
    if !known && !named_as_outlet {
        return None;
    }
    Some(Attribution {
        start: run.first()?.start.min(event.verb.0),
        end: event.verb.1.max(run.last()?.end),
        source: Named::Outlet(printed.to_owned()),
        note: None,
        citing: false,
        unsure: !known,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{speech, words::words};
    use super::*;

    fn named_in(text: &str) -> Vec<(String, Option<String>, String)> {
        let tokens = words(text);
        let people = People::collect(&[text]);
        find(text, &tokens, &speech::events(&tokens, text), &people)
            .into_iter()
            .map(|found| {
                let name = match found.source {
                    Named::Outlet(name) => name,
                    Named::Person(name) => format!("person {name}"),
                };
                (name, found.note, text[found.start..found.end].to_owned())
            })
            .collect()
    }

    #[test]
    fn named_outlets_and_organisations_are_found_in_many_wordings() {
        for (text, name, note, phrase) in [
            (
                "It opens in May, according to Gull Ridge.",
                "Gull Ridge",
                None,
                "according to Gull Ridge",
            ),
            (
                "so, according to Norwegian state media Tidning.",
                "Tidning",
                Some("Norwegian state media"),
                "according to Norwegian state media Tidning",
            ),
            (
                "so, according to the World Rope and Anchor Council, a body",
                "World Rope and Anchor Council",
                None,
                "according to the World Rope and Anchor Council",
            ),
            ("a source told Reuters.", "Reuters", None, "told Reuters"),
            (
                "papers seen by the Harbour Gazette show",
                "Harbour Gazette",
                None,
                "seen by the Harbour Gazette",
            ),
            (
                "It sank, Reuters reported.",
                "Reuters",
                None,
                "Reuters reported",
            ),
            ("It sank, the BBC said on Monday.", "BBC", None, "BBC said"),
            (
                "As Gullwatch reports, it sank.",
                "Gullwatch",
                None,
                "Gullwatch reports",
            ),
            (
                "in an interview with Le Monde on Monday",
                "Le Monde",
                None,
                "interview with Le Monde",
            ),
            (
                "so, according to a report by the University of Oslo.",
                "University of Oslo",
                None,
                "according to a report by the University of Oslo",
            ),
            (
                "Das Schiff sank, laut dpa am Montag.",
                "dpa",
                None,
                "laut dpa",
            ),
            (
                "so, according to Ada Holm, a pilot.",
                "person Ada Holm",
                None,
                "according to Ada Holm",
            ),
        ] {
            assert_eq!(
                named_in(text),
                [(name.to_owned(), note.map(str::to_owned), phrase.to_owned())],
                "{text}"
            );
        }
        assert_eq!(named_in("so, according to Reuters and the BBC.").len(), 2);
    }

    #[test]
    fn a_noun_without_a_name_is_no_source() {
        for text in [
            "It sank, according to officials.",
            "It sank, according to police in Bergen.",
            "It sank, according to local news reports.",
            "It sank, according to the explanatory notes of the Harbour Bill.",
            "She told President Per Lind by telephone.",
            "He told parliament on Monday.",
        ] {
            assert_eq!(named_in(text), [], "{text}");
        }
    }
}
