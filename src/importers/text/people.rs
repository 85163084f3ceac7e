//! Collects the people named in an article, with what the article says of them, and finds them again.
//!
//! It works from this article alone: no name is known beforehand, only titles, roles and common first names are.

use std::collections::{HashMap, HashSet};

use super::demonyms::{country_of, is_demonym};
use super::outlets;
use super::roles::{
    has_first_name, in_full, is_opener, is_particle, is_role, is_title, is_weekday, joins_names,
};
use super::speech;
use super::words::{Word, words};

/// Somebody named in full in the article.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub name: String,
    /// Words said of the person, in lower case: titles, roles, what an apposition says.
    pub described: HashSet<String>,
    pub country: Option<&'static str>,
    /// Whether something shows that the name is a person's: a title, a role, a verb of speech, a common first name.
    pub certain: bool,
    /// Whether more than a verb of speech shows it, for organisations speak too.
    pub surely: bool,
    /// Places where the person is named: block and byte.
    pub mentions: Vec<(usize, usize)>,
}

/// The people of one article.
#[derive(Debug, Default)]
pub struct People {
    pub persons: Vec<Person>,
    by_last: HashMap<String, Vec<usize>>,
    by_first: HashMap<String, Vec<usize>>,
}

/// The words of a name without the titles and demonyms before it; whether there were any.
#[must_use]
pub fn without_titles<'a, 'b>(run: &'a [Word<'b>]) -> (&'a [Word<'b>], bool) {
    let after = run
        .iter()
        .rposition(|word| is_title(word.text) || is_role(word.text))
        .map_or(0, |last| last + 1);
    let name = &run[after..];
    let demonyms = name.iter().take_while(|word| is_demonym(word.text)).count();
    (&name[demonyms.min(name.len())..], after > 0)
}

impl People {
    /// Collects everybody named in the blocks of an article.
    #[must_use]
    pub fn collect(blocks: &[&str]) -> Self {
        let mut people = Self::default();
        let split: Vec<Vec<Word<'_>>> = blocks.iter().map(|block| words(block)).collect();
        for (text, tokens) in blocks.iter().zip(&split) {
            for (start, end) in runs(tokens) {
                people.take_run(text, tokens, start, end);
            }
        }
        for (at, person) in people.persons.iter().enumerate() {
            let mut parts = person.name.split_whitespace();
            if let Some(first) = parts.next() {
                people
                    .by_first
                    .entry(first.to_owned())
                    .or_default()
                    .push(at);
            }
            if let Some(last) = parts.next_back() {
                people.by_last.entry(last.to_owned()).or_default().push(at);
            }
        }
        for (block, tokens) in split.iter().enumerate() {
            people.take_mentions(block, tokens);
        }
        people
    }

    fn take_run(&mut self, text: &str, tokens: &[Word<'_>], start: usize, end: usize) {
        let run = &tokens[start..end];
        let openers = run.iter().take_while(|word| is_opener(word.text)).count();
        let run = &run[openers.min(run.len())..];
        let (name, titled) = without_titles(run);
        let (Some(first), Some(last)) = (name.first(), name.last()) else {
            return;
        };
        let printed = &text[first.start..last.end];
        let barred = name.iter().any(|word| {
            is_weekday(word.text) || country_of(word.text).is_some() && !has_first_name(printed)
        });
        if !(2..=5).contains(&name.len())
            || barred
            || outlets::has_organisation_word(printed)
            || outlets::is_outlet(printed)
        {
            return;
        }
        let mut described: Vec<&str> = run[..run.len() - name.len()]
            .iter()
            .map(|word| word.text)
            .collect();
        let before = start + openers;
        let lead = tokens[..before]
            .iter()
            .rev()
            .take(4)
            .take_while(|word| !word.closes && !is_opener(word.text));
        let lead: Vec<&str> = lead.map(|word| word.text).collect();
        let role_before = lead.first().is_some_and(|word| is_role(word));
        described.extend(lead);
        let mut apposed = false;
        let mut personal = false;
        if last.closes && !last.possessive && text[last.end..].starts_with(',') {
            let follows: Vec<&Word<'_>> = tokens[end..].iter().take(10).collect();
            apposed = follows.first().is_some_and(|word| {
                matches!(
                    word.text,
                    "a" | "an" | "the" | "who" | "whose" | "der" | "die" | "el" | "la" | "le"
                ) || is_role(word.text)
                    || word
                        .text
                        .parse::<u8>()
                        .is_ok_and(|age| (10..110).contains(&age))
            });
            if apposed {
                let length = follows
                    .iter()
                    .position(|word| word.closes)
                    .map_or(follows.len(), |at| at + 1);
                described.extend(follows[..length].iter().map(|word| word.text));
                personal = follows[..length].iter().any(|word| {
                    word.text.starts_with("who")
                        || is_role(word.text)
                        || word.text.parse::<u8>().is_ok()
                });
            }
        }
        let spoken = tokens
            .get(end)
            .is_some_and(|word| !last.closes && speech::is_verb(word.text))
            || start + openers > 0
                && run.len() == name.len()
                && speech::is_verb(tokens[start + openers - 1].text);
        described.extend(copula(tokens, end));
        let certain = titled || role_before || apposed || spoken || has_first_name(printed);
        let at = self
            .persons
            .iter()
            .position(|person| person.name == printed)
            .unwrap_or_else(|| {
                self.persons.push(Person {
                    name: printed.to_owned(),
                    ..Person::default()
                });
                self.persons.len() - 1
            });
        let person = &mut self.persons[at];
        person.certain |= certain;
        person.surely |= titled || role_before || has_first_name(printed) || personal;
        person.country = person
            .country
            .or_else(|| described.iter().find_map(|word| country_of(word)));
        for word in described.iter().map(|word| word.to_lowercase()) {
            person.described.extend(in_full(&word).map(str::to_owned));
            person.described.insert(word);
        }
    }

    /// Notes where people are named again by one of their names, and what is said of them there.
    fn take_mentions(&mut self, block: usize, tokens: &[Word<'_>]) {
        for (at, word) in tokens.iter().enumerate() {
            if !word.is_capitalised() {
                continue;
            }
            let next_is_name = tokens
                .get(at + 1)
                .is_some_and(|next| !word.closes && next.is_capitalised() && !word.possessive);
            let before_is_name =
                at > 0 && !tokens[at - 1].closes && tokens[at - 1].is_capitalised();
            let Some(person) = self.by_one_name(word.text) else {
                continue;
            };
            let is_last = self.persons[person].name.ends_with(word.text);
            if !is_last
                && (next_is_name || before_is_name)
                && !self.is_full_name_at(person, tokens, at)
            {
                continue;
            }
            if is_last
                && before_is_name
                && !is_title(tokens[at - 1].text)
                && !is_opener(tokens[at - 1].text)
            {
                let full = &self.persons[person].name;
                if !full.contains(tokens[at - 1].text) {
                    continue;
                }
            }
            let said = copula(tokens, at + 1);
            let titled = at > 0 && !tokens[at - 1].closes && is_title(tokens[at - 1].text);
            let speaks = tokens
                .get(at + 1)
                .is_some_and(|next| !word.closes && speech::is_verb(next.text));
            let person = &mut self.persons[person];
            person.certain |= titled || speaks;
            person.surely |= titled;
            person.country = person
                .country
                .or_else(|| said.iter().find_map(|word| country_of(word)));
            person
                .described
                .extend(said.iter().map(|word| word.to_lowercase()));
            person.mentions.push((block, word.start));
        }
    }

    fn is_full_name_at(&self, person: usize, tokens: &[Word<'_>], at: usize) -> bool {
        let name = &self.persons[person].name;
        tokens
            .get(at + 1)
            .is_some_and(|next| name.contains(next.text))
    }

    /// The person with exactly this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<usize> {
        self.persons.iter().position(|person| person.name == name)
    }

    /// The person whom one name alone means: a last name, or else a first name (which in many languages comes last).
    #[must_use]
    pub fn by_one_name(&self, name: &str) -> Option<usize> {
        [&self.by_last, &self.by_first]
            .into_iter()
            .find_map(|names| {
                let found = names.get(name)?;
                found
                    .iter()
                    .copied()
                    .find(|at| self.persons[*at].certain)
                    .or_else(|| found.first().copied())
            })
    }

    /// How many people share a last name.
    #[must_use]
    pub fn sharing(&self, last_name: &str) -> usize {
        self.by_last.get(last_name).map_or(0, Vec::len)
    }

    /// The person whom a description such as "the Chinese diplomat" means; `recent` is whoever spoke last.
    #[must_use]
    pub fn described_as(
        &self,
        description: &[&str],
        place: (usize, usize),
        recent: Option<usize>,
    ) -> Option<usize> {
        let country = description.iter().find_map(|word| country_of(word));
        let roles: Vec<String> = description
            .iter()
            .map(|word| word.to_lowercase())
            .filter(|word| is_role(word))
            .collect();
        if roles.is_empty() {
            return None;
        }
        let mut best: Option<(usize, usize, (usize, usize))> = None;
        for (at, person) in self.persons.iter().enumerate() {
            let Some(latest) = person
                .mentions
                .iter()
                .copied()
                .filter(|mention| *mention < place)
                .max()
            else {
                continue;
            };
            if country.is_some() && person.country.is_some() && country != person.country {
                continue;
            }
            let same_role = roles.iter().any(|role| person.described.contains(role));
            let same_country = country.is_some() && country == person.country;
            if !same_role && !same_country {
                continue;
            }
            let score = usize::from(same_role) * 3
                + usize::from(same_country) * 2
                + usize::from(recent == Some(at)) * 2;
            if best.is_none_or(|(other, _, mention)| (score, latest) > (other, mention)) {
                best = Some((score, at, latest));
            }
        }
        best.map(|(_, at, _)| at)
    }

    /// The person named last before a place, within the same block or the two before it, and the block.
    #[must_use]
    pub fn mentioned_before(&self, place: (usize, usize)) -> Option<(usize, usize)> {
        let latest = |person: &Person| {
            person
                .mentions
                .iter()
                .copied()
                .filter(|mention| *mention < place)
                .max()
        };
        let found = self
            .persons
            .iter()
            .enumerate()
            .filter(|(_, person)| person.certain);
        let (at, mention) = found
            .filter_map(|(at, person)| Some((at, latest(person)?)))
            .max_by_key(|(_, mention)| *mention)?;
        (mention.0 + 2 >= place.0).then_some((at, mention.0))
    }
}

/// What follows "is the …" after a name.
fn copula<'a>(tokens: &[Word<'a>], after: usize) -> Vec<&'a str> {
    let open = after > 0
        && tokens
            .get(after - 1)
            .is_some_and(|word| !word.closes && !word.possessive);
    if !open
        || !tokens
            .get(after)
            .is_some_and(|word| matches!(word.text, "is" | "was" | "ist" | "war" | "es" | "est"))
    {
        return Vec::new();
    }
    let article = tokens.get(after + 1).is_some_and(|word| {
        matches!(
            word.text,
            "the" | "a" | "an" | "der" | "die" | "el" | "la" | "le"
        ) || is_role(word.text)
    });
    if !article {
        return Vec::new();
    }
    let rest = &tokens[after + 1..];
    let length = rest
        .iter()
        .take(24)
        .position(|word| word.closes)
        .map_or(rest.len().min(24), |at| at + 1);
    rest[..length].iter().map(|word| word.text).collect()
}

/// The runs of capitalised words, with particles inside.
#[must_use]
pub fn runs(tokens: &[Word<'_>]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at].is_capitalised() {
            at += 1;
            continue;
        }
        let start = at;
        at += 1;
        while at < tokens.len()
            && !tokens[at - 1].closes
            && !tokens[at - 1].possessive
            && !tokens[at].opens
        {
            let particles = tokens[at..]
                .iter()
                .take(2)
                .take_while(|word| is_particle(word.text) && !word.closes)
                .count();
            let particles = if joins_names(tokens[at].text) {
                particles
            } else {
                0
            };
            if tokens[at].is_capitalised() {
                at += 1;
            } else if particles > 0 && tokens.get(at + particles).is_some_and(Word::is_capitalised)
            {
                at += particles + 1;
            } else {
                break;
            }
        }
        found.push((start, at));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_and_a_nationality_are_not_part_of_the_name() {
        let people = People::collect(&[
            "Norwegian Foreign Minister Kari Nordmann met skipper Per Lind and Zoë van der Berg, a biologist.",
        ]);
        let names: Vec<&str> = people
            .persons
            .iter()
            .map(|person| person.name.as_str())
            .collect();
        assert_eq!(names, ["Kari Nordmann", "Per Lind", "Zoë van der Berg"]);
        assert!(people.persons.iter().all(|person| person.certain));
        assert_eq!(people.persons[0].country, Some("Norway"));
    }

    #[test]
    fn a_description_finds_the_person_it_fits() {
        let blocks = [
            "Norwegian President Kari Nordmann met Jun Abe in Oslo. Abe is the head of Japan’s fisheries office.",
            "Then",
        ];
        let people = People::collect(&blocks);
        let find = |words: &[&str]| {
            people
                .described_as(words, (1, 4), None)
                .map(|at| people.persons[at].name.as_str())
        };
        assert_eq!(find(&["the", "Japanese", "diplomat"]), Some("Jun Abe"));
        assert_eq!(
            find(&["the", "Norwegian", "president"]),
            Some("Kari Nordmann")
        );
        assert_eq!(find(&["the", "Swedish", "official"]), None);
    }

    #[test]
    fn places_and_organisations_are_no_people() {
        let people = People::collect(&[
            "The Harbour Commission of Kestrel Bay wrote to the United Nations on Monday.",
        ]);
        assert!(
            people.persons.iter().all(|person| !person.certain),
            "{:?}",
            people.persons
        );
    }
}
