//! Settles whose words are quoted and through whom they reached the article, and makes the citations.
//!
//! A speaker is named only when the article names one: several people, an unnamed source or an open pronoun give none,
//! and what is unsure becomes a doubt.

use super::attributions::{self, Attribution};
use super::names::Named;
use super::page::{Block, count_words};
use super::people::People;
use super::quotations;
use super::speakers::{self, Parts, Speakers, Voice};
use super::speech::{self, Event};
use super::words::{self, Word, sentence_at, sentences};
use crate::editorial::vocabulary::CitationRole;
use crate::importers::imported::{Doubt, ImportedCitation};

/// The citations of a body in its order. Within a block attributions stand first, so that `via` always points back.
#[must_use]
pub fn citations(blocks: &[Block]) -> (Vec<ImportedCitation>, Vec<Doubt>) {
    let texts: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    let mut reader = Reader {
        speakers: Speakers {
            people: People::collect(&texts),
            recent: None,
        },
        single: quotations::are_single(&texts),
        running: None,
        goes_on: false,
        citations: Vec::new(),
        doubts: Vec::new(),
    };
    for (at, block) in blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| !block.is_heading)
    {
        let next = blocks.get(at + 1).map_or("", |next| next.text.as_str());
        reader.goes_on = next.starts_with(['“', '"', '„', '«', '‘']);
        reader.read(at, block);
    }
    (reader.citations, reader.doubts)
}

struct Reader {
    speakers: Speakers,
    single: bool,
    /// The voice of a quotation that was not closed at the end of its block.
    running: Option<Voice>,
    /// Whether the next block begins with an opening mark, as a quotation does that goes on there.
    goes_on: bool,
    citations: Vec<ImportedCitation>,
    doubts: Vec<Doubt>,
}

impl Reader {
    fn read(&mut self, at: usize, block: &Block) {
        let text = block.text.as_str();
        let spans = quotations::spans(text, self.single);
        let masked = quotations::masked(text, &spans);
        let words = words::words(&masked);
        let events = speech::events(&words, &masked);
        let sentences = sentences(&masked);
        let attributions = self.attribute(at, block, &words, &events, &masked, &sentences);
        let mut parts = Parts {
            at,
            line: block.line,
            text,
            masked: &masked,
            spans: &spans,
            words: &words,
            events: &events,
            voices: Vec::new(),
            sentences: &sentences,
            attributions: &attributions,
        };
        for event in &events {
            let voice = self.speakers.voice_of(&parts, event);
            if let Some(person) = voice.person {
                self.speakers.recent = Some((person, at));
            }
            parts.voices.push(voice);
        }
        self.quote(&parts);
    }

    fn attribute(
        &mut self,
        at: usize,
        block: &Block,
        words: &[Word<'_>],
        events: &[Event],
        masked: &str,
        sentences: &[(usize, usize)],
    ) -> Vec<(Attribution, usize)> {
        let mut found = attributions::find(masked, words, events, &self.speakers.people);
        // "citing Reuters, the Gazette reported": the outlet comes first, so that the one it cites can point back to it.
        found.sort_by_key(|attribution| attribution.citing);
        let mut made: Vec<(Attribution, usize)> = Vec::new();
        for attribution in found {
            let sentence = sentence_at(sentences, attribution.start);
            let through = made.iter().filter(|(other, _)| {
                attribution.citing
                    && other.is_outlet()
                    && !other.citing
                    && sentence_at(sentences, other.start) == sentence
            });
            let via = through
                .min_by_key(|(other, _)| other.start.abs_diff(attribution.start))
                .map(|(_, index)| *index);
            let (source, speaker) = match &attribution.source {
                Named::Outlet(name) => (Some(name.clone()), None),
                Named::Person(name) => (None, Some(name.clone())),
            };
            if attribution.unsure {
                let name = source.as_deref().unwrap_or_default();
                self.doubts.push(Doubt { line: block.line, message: format!("“{name}” was taken for an outlet or organisation because the text attributes something to it") });
            }
            self.citations.push(ImportedCitation {
                role: CitationRole::Attribution,
                source,
                source_note: attribution.note.clone(),
                block: Some(at),
                quote: Some(block.text[attribution.start..attribution.end].to_owned()),
                speaker,
                via,
                ..ImportedCitation::default()
            });
            made.push((attribution, self.citations.len() - 1));
        }
        made
    }

    /// Makes the citations of the block's quotations.
    fn quote(&mut self, parts: &Parts<'_>) {
        let mut before: Option<(Voice, usize)> = None;
        for span in parts.spans {
            let sentence = sentence_at(parts.sentences, span.open);
            let words = &parts.text[span.start..span.end];
            let via = parts.attributions.iter().filter(|(attribution, _)| {
                attribution.is_outlet()
                    && !attribution.citing
                    && sentence_at(parts.sentences, attribution.start) == sentence
            });
            let via = via.min_by_key(|(attribution, _)| attribution.start.abs_diff(span.close));
            let told = parts.attributions.iter().find(|(attribution, _)| {
                !attribution.is_outlet()
                    && sentence_at(parts.sentences, attribution.start) == sentence
            });
            let voice = speakers::direct(parts, span, sentence)
                .map(|event| parts.voices[event].clone())
                .or_else(|| told.map(|(attribution, _)| speakers::told_by(parts, attribution)))
                .or_else(|| self.speakers.announced(parts, span, sentence))
                .or_else(|| speakers::continued(parts, span, before.as_ref()))
                .or_else(|| self.running.take().filter(|_| span.open == 0));
            let mut voice = voice.unwrap_or_default();
            voice.via = via.map(|(_, index)| *index).or(voice.via);
            let scare = count_words(words) < if voice.via.is_some() { 2 } else { 5 };
            let known = voice.verb.is_some() || voice.name.is_some() || voice.outlet.is_some();
            let work =
                quotations::is_title(words) && (!known || names_a_work(&parts.text[..span.open]));
            if !known && scare || work || words.trim().is_empty() {
                continue;
            }
            if !known {
                self.doubts.push(Doubt {
                    line: parts.line,
                    message: format!("nobody is named as the speaker of “{}”", short(words)),
                });
            }
            if let Some(unsure) = voice.unsure.take() {
                self.doubts.push(Doubt {
                    line: parts.line,
                    message: unsure,
                });
            }
            if !span.closed {
                self.running = Some(voice.clone());
            }
            if !span.closed && !self.goes_on {
                self.doubts.push(Doubt {
                    line: parts.line,
                    message: "a quotation is not closed; it was taken to the end of the paragraph"
                        .to_owned(),
                });
            }
            let through = voice
                .via
                .filter(|at| voice.outlet.is_none() || self.citations[*at].source != voice.outlet);
            self.citations.push(ImportedCitation {
                role: CitationRole::Quote,
                source: voice.outlet.clone(),
                block: Some(parts.at),
                quote: Some(words.to_owned()),
                speaker: voice.name.clone(),
                speaker_as_printed: voice.as_printed.clone(),
                verb: voice.verb.clone(),
                via: through,
                ..ImportedCitation::default()
            });
            before = Some((voice, span.close));
        }
        if parts.spans.last().is_none_or(|span| span.closed) {
            self.running = None;
        }
    }
}

/// Whether the text before a quotation says that the title of a work follows.
fn names_a_work(before: &str) -> bool {
    let last = before
        .trim_end()
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .trim_end_matches([',', ':'])
        .to_lowercase();
    let works = [
        "book",
        "novel",
        "film",
        "movie",
        "song",
        "album",
        "report",
        "essay",
        "article",
        "column",
        "series",
        "titled",
        "entitled",
        "called",
        "play",
        "paper",
        "memoir",
        "documentary",
        "exhibition",
        "buch",
        "roman",
        "film",
        "libro",
        "livre",
        "programme",
        "podcast",
        "show",
    ];
    works.contains(&last.as_str())
}

fn short(words: &str) -> String {
    let cut: String = words.chars().take(40).collect();
    if cut.len() < words.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes(paragraphs: &[&str]) -> Vec<(String, Option<String>, Option<String>)> {
        let blocks: Vec<Block> = paragraphs
            .iter()
            .map(|text| Block {
                line: 1,
                text: (*text).to_owned(),
                is_heading: false,
            })
            .collect();
        citations(&blocks)
            .0
            .into_iter()
            .filter(|citation| citation.role == CitationRole::Quote)
            .map(|citation| {
                (
                    citation.quote.unwrap_or_default(),
                    citation.speaker,
                    citation.verb,
                )
            })
            .collect()
    }

    fn speakers(paragraphs: &[&str]) -> Vec<Option<String>> {
        quotes(paragraphs)
            .into_iter()
            .map(|(_, speaker, _)| speaker)
            .collect()
    }

    #[test]
    fn a_last_name_a_description_and_a_pronoun_lead_to_the_full_name() {
        let found = speakers(&[
            "Norwegian Foreign Minister Kari Nordmann met skipper Per Lind on Monday.",
            "“The pier is safe and will stay so,” Nordmann said. “We shall see to it.”",
            "“I never said that it was safe,” the Norwegian minister added.",
            "“It was safe enough for the boats,” said Lind. He called it “a fine old pier”.",
        ]);
        let kari = Some("Kari Nordmann".to_owned());
        let per = Some("Per Lind".to_owned());
        assert_eq!(found, [kari.clone(), kari.clone(), kari, per.clone(), per]);
    }

    #[test]
    fn several_people_and_unnamed_sources_are_no_speaker() {
        let found = speakers(&[
            "The Norwegian leaders praised the “bold new pier” on Monday.",
            "“The pier will never be opened,” a source said.",
        ]);
        assert_eq!(found, [None, None]);
    }

    #[test]
    fn a_quotation_that_reached_us_through_an_outlet_says_so() {
        let block = Block {
            line: 1,
            text: "“We sail at dawn,” Per Lind told Reuters, citing the Harbour Gazette."
                .to_owned(),
            is_heading: false,
        };
        let (citations, _) = citations(&[block]);
        assert_eq!(citations[0].source.as_deref(), Some("Reuters"));
        assert_eq!(
            (citations[1].source.as_deref(), citations[1].via),
            (Some("Harbour Gazette"), Some(0))
        );
        assert_eq!(
            (citations[2].speaker.as_deref(), citations[2].via),
            (Some("Per Lind"), Some(0))
        );
    }

    #[test]
    fn a_quotation_over_several_paragraphs_keeps_its_speaker() {
        let found = speakers(&[
            "“The pier is old,” Per Lind said. “It was built by hand.",
            "“It will be built again by hand.”",
        ]);
        assert_eq!(found, vec![Some("Per Lind".to_owned()); 3]);
    }

    #[test]
    fn other_languages_are_read_too() {
        assert_eq!(
            speakers(&["„Der Hafen bleibt offen“, sagte Jörg Müller am Montag."]),
            [Some("Jörg Müller".to_owned())]
        );
        assert_eq!(
            speakers(&["«Le port restera ouvert», a déclaré Anne Roy lundi."]),
            [Some("Anne Roy".to_owned())]
        );
        assert_eq!(
            speakers(&["\"El puerto seguirá abierto\", dijo María Peña."]),
            [Some("María Peña".to_owned())]
        );
    }

    #[test]
    fn a_scare_quote_without_a_speaker_and_a_title_are_no_citations() {
        assert_eq!(
            quotes(&[
                "The so-called “sharing economy” is old.",
                "Her book “A Harbour Built in Hell” came out."
            ]),
            []
        );
    }
}
