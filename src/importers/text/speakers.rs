//! Settles who speaks: the subject of a verb of speech, and the verb that a quotation hangs on.
//!
//! A speaker is named only when the article names one: several people, an unnamed source or an open pronoun give none.

use super::attributions::Attribution;
use super::names::Named;
use super::outlets;
use super::page::count_words;
use super::people::{self, People};
use super::quotations::Span;
use super::speech::{self, Event};
use super::words::{Word, sentence_at};

/// Whose words they are.
#[derive(Debug, Clone, Default)]
pub struct Voice {
    pub person: Option<usize>,
    pub name: Option<String>,
    /// The outlet, when an outlet itself is quoted.
    pub outlet: Option<String>,
    pub as_printed: Option<String>,
    pub verb: Option<String>,
    pub via: Option<usize>,
    pub unsure: Option<String>,
}

/// One block, split in every way that is needed.
pub struct Parts<'a> {
    pub at: usize,
    pub line: u32,
    pub text: &'a str,
    pub masked: &'a str,
    pub spans: &'a [Span],
    pub words: &'a [Word<'a>],
    pub events: &'a [Event],
    /// The voice of each event.
    pub voices: Vec<Voice>,
    pub sentences: &'a [(usize, usize)],
    /// The attributions, each with the index of its citation.
    pub attributions: &'a [(Attribution, usize)],
}

/// What is known of the speakers so far.
#[derive(Debug)]
pub struct Speakers {
    pub people: People,
    /// Who spoke last, and in which block.
    pub recent: Option<(usize, usize)>,
}

impl Speakers {
    /// Who the subject of a verb is.
    #[must_use]
    pub fn voice_of(&self, parts: &Parts<'_>, event: &Event) -> Voice {
        let verb = Some(parts.text[event.verb.0..event.verb.1].to_owned());
        let Some((start, end)) = event.subject else {
            // "Lind condemned it, saying …": the sentence's own subject, when only one person is named before.
            let (from, _) = sentence_at(parts.sentences, event.verb.0);
            let named = |person: &people::Person| {
                person.mentions.iter().any(|(block, place)| {
                    *block == parts.at && (from..event.verb.0).contains(place)
                })
            };
            let mut found = self
                .people
                .persons
                .iter()
                .enumerate()
                .filter(|(_, person)| named(person))
                .map(|(at, _)| at);
            let only = found.next().filter(|_| found.next().is_none());
            return Voice {
                name: only.map(|at| self.people.persons[at].name.clone()),
                person: only,
                verb,
                ..Voice::default()
            };
        };
        let subject = &parts.words[event.subject_words.0..event.subject_words.1];
        Voice {
            verb,
            ..self.settle(parts, subject, (start, end))
        }
    }

    fn settle(
        &self,
        parts: &Parts<'_>,
        subject: &[Word<'_>],
        (start, end): (usize, usize),
    ) -> Voice {
        let printed = &parts.text[start..end];
        let of = |person: usize| Voice {
            person: Some(person),
            name: Some(self.people.persons[person].name.clone()),
            as_printed: (printed != self.people.persons[person].name).then(|| printed.to_owned()),
            ..Voice::default()
        };
        let nobody = || Voice {
            as_printed: Some(printed.to_owned()),
            ..Voice::default()
        };
        if speech::is_pronoun(printed) {
            return self.pronoun(parts, printed, start).unwrap_or_else(nobody);
        }
        let articles = subject
            .iter()
            .take_while(|word| is_determiner(word.text))
            .count();
        let bare = &subject[articles..];
        let Some(last) = bare.last() else {
            return nobody();
        };
        // "the Chinese diplomat’s statement", "Lind’s letter": the one whose statement it is.
        if let Some(owner) = bare.iter().position(|word| word.possessive)
            && owner + 1 < bare.len()
            && bare[owner + 1..]
                .iter()
                .all(|word| STATEMENTS.contains(&word.text))
        {
            let printed = (start, bare[owner].end);
            return self.settle(parts, &subject[..=articles + owner], printed);
        }
        if !last.is_capitalised() {
            if is_plural(last.text)
                || articles > 0
                    && matches!(
                        subject[0].text.to_lowercase().as_str(),
                        "a" | "an" | "one" | "another"
                    )
            {
                return nobody();
            }
            // "the engineer’s colleague" is not the engineer.
            if bare[..bare.len() - 1].iter().any(|word| word.possessive) {
                return nobody();
            }
            let person = self.described(parts, subject, start);
            return person.map_or_else(nobody, of);
        }
        let run = people::runs(bare)
            .into_iter()
            .next_back()
            .map_or(bare, |(from, to)| &bare[from..to]);
        let (name, titled) = people::without_titles(run);
        let Some((first, last)) = name.first().zip(name.last()) else {
            return self
                .described(parts, subject, start)
                .map_or_else(nobody, of);
        };
        let name_text = &parts.text[first.start..last.end];
        let organisation = &parts.text[bare[0].start..end];
        let known = self.people.named(name_text).or_else(|| {
            (name.len() == 1)
                .then(|| self.people.by_one_name(name_text))
                .flatten()
        });
        if let Some(person) = known.filter(|_| !outlets::is_outlet(organisation)) {
            let mut voice = of(person);
            if name.len() == 1 && self.people.sharing(name_text) > 1 {
                voice.unsure = Some(format!(
                    "more than one person is called “{name_text}”; “{}” was taken",
                    self.people.persons[person].name
                ));
            }
            return voice;
        }
        if outlets::is_outlet(organisation) {
            return Voice {
                outlet: Some(organisation.to_owned()),
                ..Voice::default()
            };
        }
        let organisation = bare
            .iter()
            .find(|word| word.is_capitalised())
            .map_or(organisation, |word| &parts.text[word.start..end]);
        let name = if titled && !outlets::has_organisation_word(organisation) {
            name_text
        } else {
            organisation
        };
        Voice {
            name: Some(name.to_owned()),
            as_printed: (printed != name).then(|| printed.to_owned()),
            ..Voice::default()
        }
    }

    /// The person whom a description means.
    fn described(&self, parts: &Parts<'_>, subject: &[Word<'_>], start: usize) -> Option<usize> {
        let description: Vec<&str> = subject.iter().map(|word| word.text).collect();
        let recent = self.recent.map(|(person, _)| person);
        self.people
            .described_as(&description, (parts.at, start), recent)
    }

    fn pronoun(&self, parts: &Parts<'_>, printed: &str, start: usize) -> Option<Voice> {
        let single = ["he", "she", "er", "él", "ella", "il", "elle"]
            .contains(&printed.to_lowercase().as_str());
        if !single {
            return None;
        }
        let recent = self.recent.filter(|(_, block)| block + 2 >= parts.at);
        let mentioned = self.people.mentioned_before((parts.at, start));
        // Who is named in this paragraph is nearer than who spoke in an earlier one.
        let here = |found: &(usize, usize)| found.1 == parts.at;
        let nearest = recent
            .filter(here)
            .or(mentioned.filter(here))
            .or(recent)
            .or(mentioned);
        let (person, _) = nearest?;
        let mentioned = mentioned.map(|(person, _)| person);
        let name = self.people.persons[person].name.clone();
        let sure = recent.is_some_and(|(_, block)| block == parts.at) || mentioned == Some(person);
        Some(Voice {
            unsure: (!sure).then(|| format!("“{printed}” was taken to be {name}, who spoke last")),
            person: Some(person),
            name: Some(name),
            as_printed: Some(printed.to_owned()),
            ..Voice::default()
        })
    }

    /// "Lind summed the day up: “…”": the person who begins the sentence that ends in a colon.
    #[must_use]
    pub fn announced(
        &self,
        parts: &Parts<'_>,
        span: &Span,
        sentence: (usize, usize),
    ) -> Option<Voice> {
        let before = parts.masked.get(sentence.0..span.open)?;
        if !before.trim_end().ends_with(':') {
            return None;
        }
        let place = sentence.0 + (before.len() - before.trim_start().len());
        let first = self.people.persons.iter().position(|person| {
            let begins = place
                + person
                    .name
                    .len()
                    .saturating_sub(person.name.split(' ').next_back().map_or(0, str::len));
            person.mentions.iter().any(|(block, at)| {
                *block == parts.at
                    && (*at == place
                        || *at == begins && parts.masked[place..].starts_with(&person.name))
            })
        })?;
        Some(Voice {
            person: Some(first),
            name: Some(self.people.persons[first].name.clone()),
            ..Voice::default()
        })
    }
}

/// The voice of "according to Ada Holm".
#[must_use]
pub fn told_by(parts: &Parts<'_>, attribution: &Attribution) -> Voice {
    let Named::Person(name) = &attribution.source else {
        return Voice::default();
    };
    let verb = parts.text[attribution.start..attribution.end]
        .strip_suffix(name.as_str())
        .map(|verb| verb.trim().to_owned());
    Voice {
        name: Some(name.clone()),
        verb,
        ..Voice::default()
    }
}
const STATEMENTS: &[&str] = &[
    "statement",
    "letter",
    "post",
    "message",
    "tweet",
    "email",
    "memo",
    "report",
    "speech",
    "office",
    "words",
    "note",
];

fn is_determiner(word: &str) -> bool {
    [
        "the", "a", "an", "one", "another", "der", "die", "das", "el", "la", "le", "l", "his",
        "her", "their",
    ]
    .contains(&word.to_lowercase().as_str())
}

fn is_plural(noun: &str) -> bool {
    noun.ends_with('s') && !noun.ends_with("ss")
        || ["people", "police", "men", "women", "leute"].contains(&noun)
}

/// The verb of speech that a quotation hangs on, within its sentence.
#[must_use]
pub fn direct(parts: &Parts<'_>, span: &Span, sentence: (usize, usize)) -> Option<usize> {
    let within = |event: &Event| sentence_at(parts.sentences, event.verb.0) == sentence;
    let between = |from: usize, to: usize| parts.masked.get(from..to).unwrap_or_default();
    let after = |event: &&Event| event.start() >= span.close;
    // “…,” said Ada Holm. “…,” Ada Holm said. “…,” as Reuters reported.
    let next = parts.events.iter().find(after);
    if let Some(next) = next.filter(|next| !next.participle && within(next)) {
        let gap = between(span.close, next.start());
        let bare = gap.trim_matches([' ', ',', '—', '–', '-', '\u{a0}']);
        // “…,” hospital president Ada Holm said: what describes her stands between.
        let describes = bare.split(' ').count() <= 4
            && !bare.is_empty()
            && bare.split(' ').all(|word| {
                word.chars().all(|c| c.is_lowercase() || c == '-') && !speech::begins_clause(word)
            });
        if (describes
            || matches!(
                bare,
                "" | "as" | "so" | "wie" | "wie der" | "comme" | "según" | "the" | "a"
            ))
            && !gap.contains(['.', ';', ':'])
        {
            return parts.events.iter().position(|event| event == next);
        }
    }
    // Ada Holm said it would be “…”.
    let earlier = parts
        .events
        .iter()
        .enumerate()
        .filter(|(_, event)| event.end() <= span.open && within(event));
    let mut earlier = earlier.filter(|(_, event)| {
        // The verb after an earlier quotation belongs to that one, unless this quotation goes on in its sentence.
        !between(event.end(), span.open).contains(['.', ';'])
    });
    if let Some((found, _)) = earlier.next_back() {
        return Some(found);
    }
    // “…” in the law, Ada Holm said.
    let told = |event: &Event| {
        parts
            .attributions
            .iter()
            .map(|(other, _)| other)
            .find(|other| other.start == event.verb.0)
    };
    let scare = count_words(&parts.text[span.start..span.end]) < 4;
    let trailing = parts.events.iter().enumerate().find(|(_, event)| {
        let ends = parts.masked[told(event).map_or(event.end(), |told| told.end)..].trim_start();
        if scare && told(event).is_none() {
            return false;
        }
        event.start() >= span.close
            && within(event)
            && !event.participle
            && parts.masked[..event.start()].trim_end().ends_with(',')
            && (ends.is_empty() || ends.starts_with(['.', ',']))
    });
    trailing.map(|(found, _)| found)
}

/// A quotation that goes on after "Ada Holm said.", in a sentence without a speaker of its own.
#[must_use]
pub fn continued(parts: &Parts<'_>, span: &Span, before: Option<&(Voice, usize)>) -> Option<Voice> {
    let (voice, close) = before?;
    let gap = parts.masked.get(*close..span.open)?;
    let sentence = sentence_at(parts.sentences, span.open);
    let begins = parts.masked[sentence.0..span.open].trim().is_empty();
    let prior = sentence
        .0
        .checked_sub(1)
        .map(|end| sentence_at(parts.sentences, end));
    let adjacent = prior.is_some_and(|(start, _)| start <= *close);
    (begins && adjacent && gap.len() < 300).then(|| voice.clone())
}
