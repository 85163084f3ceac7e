//! Finds the subject of a verb of speech among the words before or after it.
//!
//! It works on words alone and knows no people; precision counts, so that a doubtful subject is none.

use super::words::Word;
use super::{outlets, people, roles, speech};

/// The subject that ends at word `last`: indices of its first and last word.
#[must_use]
pub fn before(
    tokens: &[Word<'_>],
    last: usize,
    participle: bool,
    ambiguous: bool,
) -> Option<(usize, usize)> {
    if tokens[last].closes {
        if participle {
            return None;
        }
        return subject_before_apposition(tokens, last);
    }
    let mut first = last;
    while first > 0 && last - first < 9 && !tokens[first - 1].closes && !tokens[first].opens {
        let before = tokens[first - 1].text.to_lowercase();
        if speech::CLAUSE.contains(before.as_str())
            || before == "and" && !organisation(tokens, first - 1, last)
        {
            break;
        }
        first -= 1;
    }
    if (participle || ambiguous)
        && !tokens[last].is_capitalised()
        && !speech::is_pronoun(tokens[last].text)
    {
        return None;
    }
    narrow(tokens, first, last)
}

/// "Lind, a member of the council, said": the subject stands before the first comma.
fn subject_before_apposition(tokens: &[Word<'_>], last: usize) -> Option<(usize, usize)> {
    let start = tokens[..last]
        .iter()
        .rposition(|word| word.closes)
        .map_or(0, |at| at + 1);
    let first = &tokens[start];
    let apposition = matches!(
        first.text,
        "a" | "an" | "the" | "who" | "whose" | "which" | "der" | "die" | "el" | "la" | "le"
    ) || first.text.chars().all(|c| c.is_ascii_digit())
        || (roles::is_role(first.text) || first.text.ends_with("ing")) && !first.is_capitalised();
    let relative = matches!(first.text, "who" | "whose" | "which");
    if apposition
        && !relative
        && tokens[start..=last].iter().any(|word| {
            speech::PASSIVE.contains(word.text)
                || matches!(word.text, "has" | "had" | "have" | "will")
        })
    {
        return None;
    }
    if !apposition {
        return (first.is_capitalised() && tokens[last].is_capitalised() && last - start < 6)
            .then(|| narrow(tokens, start, last))
            .flatten();
    }
    let end = start.checked_sub(1)?;
    let begin = tokens[..end]
        .iter()
        .rposition(|word| word.closes)
        .map_or(0, |at| at + 1);
    if tokens[end].is_capitalised() {
        narrow(tokens, begin, end)
    } else {
        None
    }
}

fn organisation(tokens: &[Word<'_>], and: usize, last: usize) -> bool {
    let joined = and > 0
        && tokens[and - 1].is_capitalised()
        && tokens.get(and + 1).is_some_and(Word::is_capitalised);
    joined
        && !tokens[and + 1..=last]
            .iter()
            .any(|word| roles::is_title(word.text))
        && last - and <= 2
        && tokens[..and]
            .iter()
            .rev()
            .take(4)
            .any(|word| outlets::has_organisation_word(word.text))
}

/// Cuts the words before a verb down to the name, the pronoun or the description that is its subject.
fn narrow(tokens: &[Word<'_>], first: usize, last: usize) -> Option<(usize, usize)> {
    let words = &tokens[first..=last];
    let end = &tokens[last];
    if speech::is_pronoun(end.text) {
        return Some((last, last));
    }
    // "Theresa May said", but "in May said".
    let surname =
        (last == first || tokens[last - 1].is_capitalised()) && !roles::is_weekday(end.text);
    if roles::is_calendar(end.text) && !surname {
        let cut = words.iter().rposition(|word| {
            !roles::is_calendar(word.text)
                && !speech::STOPS.contains(word.text.to_lowercase().as_str())
        })?;
        return narrow(tokens, first, first + cut);
    }
    if end.is_capitalised() {
        let runs = people::runs(words);
        let (mut start, _) = *runs.last()?;
        // "the Council of Harbours" is one name.
        while start >= 2
            && matches!(
                words[start - 1].text,
                "of" | "for" | "and" | "de" | "du" | "des" | "on" | "der"
            )
        {
            let Some((earlier, _)) = runs.iter().rev().find(|(_, end)| *end == start - 1) else {
                break;
            };
            start = *earlier;
        }
        if start > 0 && words[start - 1].text.eq_ignore_ascii_case("the") {
            start -= 1;
        }
        // "On Wednesday Lind said", "AS Opposition Leader Lind said": the sentence's first words are no name.
        let opens = |word: &Word<'_>| {
            let lower = word.text.to_lowercase();
            speech::CLAUSE.contains(lower.as_str())
                || speech::STOPS.contains(lower.as_str())
                || roles::is_calendar(word.text)
        };
        start += words[start..words.len() - 1]
            .iter()
            .take_while(|word| opens(word))
            .count();
        return Some((first + start, last));
    }
    // "Kestrel stepped in and tweeted": the subject begins the clause, the verb shares it.
    let articles = [
        "the", "a", "an", "one", "der", "die", "el", "la", "le", "her", "his", "their",
    ];
    let article = words
        .iter()
        .rposition(|word| articles.contains(&word.text.to_lowercase().as_str()));
    match article {
        Some(start) if words.len() - start >= 2 && words.len() - start <= 6 => {
            let preposition = start > 0 && speech::STOPS.contains(&words[start - 1].text);
            if preposition && words[0].is_capitalised() {
                return narrow_front(words, first);
            }
            Some((first + start, last))
        }
        _ => narrow_front(words, first),
    }
}

fn narrow_front(words: &[Word<'_>], first: usize) -> Option<(usize, usize)> {
    let openers = words
        .iter()
        .take_while(|word| speech::STOPS.contains(word.text.to_lowercase().as_str()))
        .count();
    if openers > 0 {
        return None;
    }
    if words
        .first()
        .is_some_and(|word| word.text.eq_ignore_ascii_case("the"))
        && words.len() > 1
        && words.len() <= 6
    {
        let end = words
            .iter()
            .position(|word| speech::STOPS.contains(word.text))
            .unwrap_or(words.len());
        return (end > 1).then_some((first, first + end - 1));
    }
    let runs = people::runs(words);
    let (start, end) = *runs.first()?;
    (start == 0).then_some((first, first + end - 1))
}

/// The subject that follows the verb: indices of its first and last word.
#[must_use]
pub fn after(tokens: &[Word<'_>], verb: usize) -> Option<(usize, usize)> {
    let mut first = verb + 1;
    while tokens
        .get(first)
        .is_some_and(|word| speech::is_helper(word.text) && !word.closes && word.text != "a")
    {
        first += 1;
    }
    let word = tokens.get(first)?;
    if roles::is_calendar(word.text) || word.opens || speech::STOPS.contains(word.text) {
        return None;
    }
    if speech::is_pronoun(word.text) {
        return word.closes.then_some((first, first));
    }
    let mut last = first;
    while !tokens[last].closes && last - first < 9 {
        let Some(next) = tokens.get(last + 1) else {
            break;
        };
        if next.opens
            || speech::STOPS.contains(next.text) && !next.is_capitalised()
            || roles::is_calendar(next.text)
        {
            break;
        }
        if tokens[last].is_capitalised()
            && !next.is_capitalised()
            && !tokens
                .get(last + 2)
                .is_some_and(|after| after.is_capitalised() && roles::joins_names(next.text))
        {
            let possessor = tokens[last].possessive;
            if !possessor {
                break;
            }
        }
        last += 1;
    }
    let begins = word.is_capitalised()
        || roles::is_role(word.text)
        || matches!(
            word.text,
            "the" | "a" | "an" | "one" | "der" | "die" | "el" | "la" | "le" | "l"
        );
    let named = tokens[first..=last].iter().any(Word::is_capitalised);
    // "said the mayor, Ada Holm": the name beside the description says more.
    if begins
        && !named
        && tokens[last].closes
        && tokens
            .get(last + 1)
            .is_some_and(|next| next.is_capitalised() && !roles::is_calendar(next.text))
    {
        let (_, length) = *people::runs(&tokens[last + 1..]).first()?;
        if length >= 2 && tokens[last + length].closes {
            return Some((last + 1, last + length));
        }
    }
    let ends = tokens[last].closes
        || tokens
            .get(last + 1)
            .is_none_or(|next| speech::STOPS.contains(next.text) || roles::is_calendar(next.text))
        || tokens[last].is_capitalised();
    (begins && ends && (named || last > first)).then_some((first, last))
}
