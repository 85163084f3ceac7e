//! Finds who says something: verbs of speech with the words that are their subject.
//!
//! It reads one block whose quotations are masked, and returns places in it; who the subject is, others decide.

use super::subjects;
use super::words::{self, Table, Word};

/// A verb of speech and its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Byte range of the verb.
    pub verb: (usize, usize),
    /// Byte range of the subject, and of the words in it as indices; empty for a participle without its own.
    pub subject: Option<(usize, usize)>,
    pub subject_words: (usize, usize),
    /// Whether the subject follows the verb: "said Ada Holm".
    pub inverted: bool,
    /// `saying`, `claiming`: the subject is that of the sentence.
    pub participle: bool,
}

impl Event {
    /// Where subject and verb begin together.
    #[must_use]
    pub fn start(&self) -> usize {
        self.subject
            .map_or(self.verb.0, |(start, _)| start.min(self.verb.0))
    }

    /// Where subject and verb end together.
    #[must_use]
    pub fn end(&self) -> usize {
        self.subject
            .map_or(self.verb.1, |(_, end)| end.max(self.verb.1))
    }
}

static VERBS: Table = Table::new(|| {
    words::table(
        "said, says, say, told, tells, added, adds, stated, states, declared, declares, \
     claimed, claims, vowed, vows, pledged, pledges, warned, warns, wrote, writes, \
     written, tweeted, posted, announced, announces, insisted, insists, argued, argues, \
     explained, explains, noted, notes, recalled, recalls, asked, asks, replied, replies, \
     responded, concluded, continued, confirmed, confirms, denied, denies, suggested, \
     suggests, admitted, admits, acknowledged, complained, remarked, commented, described, \
     describes, called, calls, praised, praises, expressed, expresses, offered, urged, \
     urges, joked, quipped, reported, reports, testified, cautioned, stressed, emphasized, \
     emphasised, promised, promises, predicted, demanded, condemned, dismissed, shouted, \
     accused, hailed, labelled, labeled, dubbed, observed, mused, recounted, assured, \
     saying, adding, claiming, warning, telling, calling, describing, insisting, \
     expressing, stating, noting, arguing, declaring, promising, writing, urging, \
     stressing, accusing, sagte, sagt, erklärte, erklärt, betonte, betont, schrieb, \
     schreibt, meinte, meint, kritisierte, kritisiert, warnte, warnt, nannte, nennt, \
     berichtete, berichtet, ergänzte, versicherte, behauptete, forderte, hält, teilte, \
     meldete, meldet, bezeichnete, dijo, afirmó, aseguró, señaló, explicó, declaró, \
     agregó, añadió, sostuvo, indicó, advirtió, expresó, llamó, manifestó, comentó, \
     resumió, informó, escribió, dice, afirma, explica, dit, déclaré, affirmé, ajouté, \
     affirme, déclare, indiqué, expliqué, estime, estimé, écrit, rapporte, rapporté, \
     annoncé, assure, assuré, souligné, souligne, disse, afirmou, declarou, explicou, \
     acrescentou, detto, dichiarato, spiegato, aggiunto",
    )
});

pub(super) static HELPERS: Table = Table::new(|| {
    words::table(
        "has, have, had, also, later, then, once, will, would, never, not, since, already, \
     again, still, often, now, further, hat, habe, ha, a, auch, dann, además, también, \
     aussi, avait, first, even, just, himself, herself",
    )
});

pub(super) static PASSIVE: Table = Table::new(|| {
    words::table("is, are, was, were, be, been, being, wird, wurde, wurden, fue, est")
});

pub(super) static CLAUSE: Table = Table::new(|| {
    words::table(
        "as, that, with, but, while, because, when, after, before, if, since, though, \
     although, whether, which, who, where, than, until, so, or, dass, weil, aber, wie, \
     und, que, qui, mais, pero, cuando, y, et, e, how, why, what, then, yet",
    )
});

pub(super) static PRONOUNS: Table = Table::new(|| {
    words::table(
        "he, she, they, it, we, i, you, er, sie, es, wir, ich, él, ella, ellos, il, elle, ils",
    )
});

pub(super) static STOPS: Table = Table::new(|| {
    words::table(
        "in, on, at, during, as, when, while, after, before, to, that, about, who, whose, and, \
     with, for, by, from, last, earlier, later, yesterday, today, this, of, but, in, im, \
     am, bei, nach, en, durante, dans, lors, à, upon, over, via, through, into",
    )
});

/// Whether the word is a verb of speech.
#[must_use]
pub fn is_verb(word: &str) -> bool {
    VERBS.contains(word)
}

/// Whether a new clause or phrase begins with the word, so that what follows is not described by it.
#[must_use]
pub fn begins_clause(word: &str) -> bool {
    CLAUSE.contains(word)
        || STOPS.contains(word)
        || PASSIVE.contains(word)
        || PRONOUNS.contains(word)
}

/// Whether the word is a personal pronoun.
#[must_use]
pub fn is_pronoun(word: &str) -> bool {
    PRONOUNS.contains(word.to_lowercase().as_str())
}

/// Every verb of speech in the words, each with its subject, in order.
#[must_use]
pub fn events(tokens: &[Word<'_>], masked: &str) -> Vec<Event> {
    (0..tokens.len())
        .filter(|at| is_verb(tokens[*at].text) && !tokens[*at].possessive)
        .filter_map(|at| event(tokens, masked, at))
        .collect()
}

fn event(tokens: &[Word<'_>], masked: &str, at: usize) -> Option<Event> {
    let verb = &tokens[at];
    let participle = verb.text.ends_with("ing");
    let before = tokens[..at].iter().rposition(|word| !is_helper(word.text));
    let gap_open = before.is_none_or(|before| tokens[before].closes);
    if at > 0
        && PASSIVE.contains(&tokens[at - 1].text.to_lowercase().as_str())
        && !tokens[at - 1].closes
    {
        return None;
    }
    let made = |(first, last): (usize, usize), inverted| Event {
        verb: (verb.start, verb.end),
        subject: Some((tokens[first].start, tokens[last].end)),
        subject_words: (first, last + 1),
        inverted,
        participle,
    };
    let may_invert = gap_open && !participle && !verb.text.starts_with('t') && !verb.closes;
    let after_quote = masked[before.map_or(0, |before| tokens[before].end)..verb.start]
        .contains(['”', '"', '“', '»', '«', '’', '」']);
    let inverted = may_invert.then(|| subjects::after(tokens, at)).flatten();
    if let Some(found) = inverted.filter(|_| after_quote || at == 0) {
        return Some(made(found, true));
    }
    // "the explanatory notes of the Bill": nouns, unless a name stands before them.
    let ambiguous = matches!(
        verb.text,
        "notes" | "reports" | "states" | "calls" | "estime"
    );
    let quote_between =
        before.is_some_and(|before| masked[tokens[before].end..verb.start].contains('\u{1}'));
    let found = before
        .filter(|_| !quote_between)
        .and_then(|before| subjects::before(tokens, before, participle, ambiguous));
    match found {
        Some(found) => Some(made(found, false)),
        // "The pier was safe, said Ada Holm": without a quotation only a name may follow its verb.
        None if inverted
            .is_some_and(|(first, last)| tokens[first..=last].iter().any(Word::is_capitalised)) =>
        {
            inverted.map(|found| made(found, true))
        }
        None if participle => Some(Event {
            verb: (verb.start, verb.end),
            subject: None,
            subject_words: (at, at),
            inverted: false,
            participle,
        }),
        None => None,
    }
}

/// Whether the word may stand between a subject and its verb.
pub(super) fn is_helper(word: &str) -> bool {
    HELPERS.contains(word)
        || word.ends_with("ly") && word.len() > 4 && word.chars().all(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn pairs(text: &str) -> Vec<(&str, &str)> {
        let tokens = words(text);
        let found = events(&tokens, text);
        found
            .into_iter()
            .map(|event| {
                (
                    event.subject.map_or("", |(start, end)| &text[start..end]),
                    &text[event.verb.0..event.verb.1],
                )
            })
            .collect()
    }

    #[test]
    fn the_subject_of_a_verb_of_speech_is_found_before_and_after_it() {
        for (text, subject, verb) in [
            (
                "The Norwegian diplomat also said the pier will",
                "The Norwegian diplomat",
                "said",
            ),
            (
                "Despite rain between Oslo and Bergen, Norway has pledged to help",
                "Norway",
                "pledged",
            ),
            (
                "The pier was safe, said Ada Holm, who owns a boat.",
                "Ada Holm",
                "said",
            ),
            (", says president Ada Holm.", "president Ada Holm", "says"),
            (
                "Per Lind, a member of the council, said he",
                "Per Lind",
                "said",
            ),
            (
                "AS Opposition Leader Per Lind said in a letter",
                "Opposition Leader Per Lind",
                "said",
            ),
            (
                "with Norwegian Minister Kari Holm expressing her thanks",
                "Norwegian Minister Kari Holm",
                "expressing",
            ),
            (
                "The leader of the union, Per Lind, condemned it",
                "Per Lind",
                "condemned",
            ),
            ("On Wednesday Lind said so", "Lind", "said"),
            ("In a few years, he said, it", "he", "said"),
            ("Kestrel stepped in and tweeted this", "Kestrel", "tweeted"),
        ] {
            assert_eq!(pairs(text).first(), Some(&(subject, verb)), "{text}");
        }
    }

    #[test]
    fn a_passive_has_no_speaker() {
        assert_eq!(pairs("We are told that the pier is called safe"), []);
    }
}
