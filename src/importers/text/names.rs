//! Reads the name of a source in running text, with what describes it, and tells persons from organisations.
//!
//! A noun phrase without a name, such as "local officials", gives nothing.

use super::demonyms::is_demonym;
use super::people::{self, People};
use super::words::{self, Table, Word};
use super::{outlets, roles};

/// Who is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Outlet(String),
    /// A person, with the index of the person if named elsewhere in full.
    Person(String),
}

/// Words that name a source: indices of its first and last word, and of the words before that describe it.
pub struct Name {
    pub described_from: usize,
    pub first: usize,
    pub last: usize,
}

impl Name {
    /// What the text says of the source before its name.
    #[must_use]
    pub fn note(&self, text: &str, tokens: &[Word<'_>]) -> Option<String> {
        (self.described_from < self.first).then(|| {
            text[tokens[self.described_from].start..tokens[self.first].start]
                .trim()
                .to_owned()
        })
    }
}

static KINDS: Table = Table::new(|| {
    words::table(
        "media, agency, broadcaster, newspaper, outlet, website, site, magazine, channel, \
     network, daily, weekly, firm, company, group, service, station, portal, tabloid, \
     tank, nonprofit, charity, institute, pollster, programme, program, blog, publication, \
     journal, paper, state-run, state-owned, public, private, local, independent, \
     business, financial, british-based, nachrichtenagentur, zeitung, zeitschrift, \
     magazin, sender, agencia, diario, periódico, cadena, agence, journal, quotidien, \
     chaîne, hebdomadaire, agência, jornal",
    )
});

static REPORTS: Table = Table::new(|| {
    words::table(
        "report, study, survey, analysis, poll, statement, data, figures, research, estimates, \
     estimate, statistics, documents, story, article, numbers, forecast",
    )
});

/// Reads the name that begins at a word.
#[must_use]
pub fn named(text: &str, tokens: &[Word<'_>], at: usize) -> Option<Name> {
    let mut from = at;
    // "Le Monde" keeps its article, "the Guardian" does not.
    while tokens.get(from).is_some_and(|word| {
        is_article(word.text) && (!word.is_capitalised() || word.text == "The") && !word.closes
    }) {
        from += 1;
    }
    // "a report by Reuters": the report's publisher is the source.
    for skip in from..(from + 4).min(tokens.len().saturating_sub(2)) {
        if tokens[skip].closes || tokens[skip].is_capitalised() {
            break;
        }
        if REPORTS.contains(tokens[skip].text)
            && matches!(
                tokens[skip + 1].text,
                "by" | "from" | "in" | "published" | "compiled"
            )
        {
            let mut next = skip + 2;
            while tokens
                .get(next)
                .is_some_and(|word| is_article(word.text) || matches!(word.text, "by" | "in"))
            {
                next += 1;
            }
            return name_at(text, tokens, next, next);
        }
    }
    let mut first = from;
    let mut kind = false;
    while let Some(word) = tokens.get(first) {
        let next = tokens.get(first + 1);
        let describes = is_demonym(word.text)
            && next.is_some_and(|next| !next.is_capitalised() && !word.closes)
            || !word.is_capitalised() && word.text.chars().any(char::is_alphabetic)
            || word.possessive
                && word.is_capitalised()
                && next.is_some_and(|next| !next.is_capitalised());
        if !describes || first - from > 5 || outlets::is_outlet(word.text) {
            break;
        }
        if word.closes {
            return None;
        }
        kind = !word.is_capitalised() && (KINDS.contains(word.text) || roles::is_role(word.text));
        first += 1;
    }
    if first > from && !kind {
        return None;
    }
    if first == from
        && tokens.get(first).is_some_and(|word| {
            word.possessive && !tokens.get(first + 1).is_some_and(Word::is_capitalised)
        })
    {
        return None;
    }
    name_at(text, tokens, from, first)
}

fn name_at(text: &str, tokens: &[Word<'_>], described_from: usize, first: usize) -> Option<Name> {
    let word = tokens.get(first)?;
    let follows_kind = first > described_from;
    if !(word.is_capitalised()
        || follows_kind && word.text.starts_with(|c: char| c.is_ascii_digit())
        || outlets::is_outlet(word.text))
    {
        return None;
    }
    let alone_outlet = |last: usize| outlets::is_outlet(&text[word.start..tokens[last].end]);
    let mut last = first;
    while !tokens[last].closes && !tokens[last].possessive {
        let Some(next) = tokens.get(last + 1) else {
            break;
        };
        if next.opens {
            break;
        }
        if next.is_capitalised() && !roles::is_calendar(next.text)
            || next.text.parse::<u8>().is_ok() && next.text.len() <= 2 && alone_outlet(last + 1)
        {
            last += 1;
            continue;
        }
        let joins = [
            "of", "for", "and", "de", "du", "des", "la", "le", "der", "für", "the", "del", "do",
            "da", "on", "in", "&",
        ];
        let joined = tokens[last + 1..]
            .iter()
            .take(3)
            .take_while(|word| joins.contains(&word.text) && !word.closes)
            .count();
        let after = tokens.get(last + joined + 1);
        let and = next.text == "and" || next.text == "in";
        if joined == 0
            || !after.is_some_and(Word::is_capitalised)
            || next.text == "on" && after.is_some_and(|word| roles::is_calendar(word.text))
        {
            break;
        }
        let one_name = organisation_follows(tokens, last + joined + 1) && !alone_outlet(last);
        if and && !one_name {
            break;
        }
        if next.text == "on" && !outlets::has_organisation_word(&text[word.start..tokens[last].end])
        {
            break;
        }
        last += joined + 1;
    }
    if roles::is_calendar(word.text) || is_demonym(word.text) && first == last {
        return None;
    }
    let crowd = [
        "sources",
        "officials",
        "police",
        "residents",
        "authorities",
        "diplomats",
        "lawmakers",
        "prosecutors",
        "experts",
        "analysts",
        "scientists",
        "figures",
        "data",
    ];
    if !tokens[last].closes
        && tokens
            .get(last + 1)
            .is_some_and(|next| crowd.contains(&next.text))
        && !outlets::is_outlet(&text[word.start..tokens[last].end])
    {
        return None;
    }
    // A plain noun that closes the name ("Xinhua news agency") is left to the sentence.
    Some(Name {
        described_from,
        first,
        last,
    })
}

/// "World Travel and Tourism Council": what follows "and" ends in a word that only an organisation has.
fn organisation_follows(tokens: &[Word<'_>], from: usize) -> bool {
    let mut last = from;
    while !tokens[last].closes && tokens.get(last + 1).is_some_and(Word::is_capitalised) {
        last += 1;
    }
    last > from && outlets::has_organisation_word(tokens[last].text)
}

/// Whether the word is an article in one of several languages.
#[must_use]
pub fn is_article(word: &str) -> bool {
    [
        "the", "a", "an", "der", "die", "das", "dem", "den", "des", "la", "le", "les", "el", "los",
        "las", "o", "os", "as", "il", "lo",
    ]
    .contains(&word.to_lowercase().as_str())
}

/// Decides whether a name is a person's, and whether that is unsure.
#[must_use]
pub fn settle(text: &str, tokens: &[Word<'_>], name: &Name, people: &People) -> (Named, bool) {
    let run = &tokens[name.first..=name.last];
    let printed = &text[run[0].start..run[run.len() - 1].end];
    if outlets::is_outlet(printed) {
        return (
            Named::Outlet(outlets::without_article(printed).to_owned()),
            false,
        );
    }
    let (bare, titled) = people::without_titles(run);
    let bare_text = bare
        .first()
        .zip(bare.last())
        .map_or(printed, |(first, last)| &text[first.start..last.end]);
    let organisation = outlets::has_organisation_word(printed);
    let known = people.named(bare_text).or_else(|| {
        (bare.len() == 1)
            .then(|| people.by_one_name(bare_text))
            .flatten()
    });
    if let Some(known) = known.filter(|at| people.persons[*at].surely && !organisation) {
        return (Named::Person(people.persons[known].name.clone()), false);
    }
    let role = name.described_from < name.first && roles::is_role(tokens[name.first - 1].text);
    if (titled || role) && !bare.is_empty() && !organisation {
        return (Named::Person(bare_text.to_owned()), false);
    }
    if bare.len() >= 2 && roles::has_first_name(bare_text) && !organisation {
        return (Named::Person(bare_text.to_owned()), false);
    }
    let kind = name.described_from < name.first;
    (
        Named::Outlet(outlets::without_article(printed).to_owned()),
        !organisation && !kind,
    )
}
