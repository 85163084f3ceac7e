//! A made-up archive of any size, the same for the same seed: what speed is measured on.
//!
//! 200 authors (1–2 an article), 500 tags (5–20 an article, by Zipf's law), 2,000 sources (2–5 citations an article) and
//! bodies of 4–5 kB, spread over twenty years of publication.

use std::io::{self, Write};

use rand::{Rng, SeedableRng, distr::Distribution, seq::index};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::dump::{ArticleRecord, Record, VERSION, write_line};
use crate::{
    content::{
        article::document::{ArticleDocument, CitationDocument, Contribution, Notice, Rights},
        author::AuthorDocument,
        site::SiteDocument,
        source::SourceDocument,
        tag::TagDocument,
    },
    editorial::{
        body,
        identity::{ArticleId, AuthorId, CitationId, RevisionId, SourceId, TagId},
        moment::Moment,
        slug::slug_of,
        vocabulary::{
            CitationRole, ContributorRole, Kind, LinkHealth, NoticeKind, SourceKind, TagType,
        },
    },
};

const AUTHORS: usize = 200;
const TAGS: usize = 500;
const SOURCES: usize = 2_000;
/// How many words the vocabulary has.
const WORDS: usize = 6_000;
/// The first moment of the archive: 2006-01-01T00:00:00Z.
const BEGIN: i64 = 1_136_073_600_000_000;
/// Twenty years.
const SPAN: i64 = 20 * 365 * 86_400_000_000;

/// Writes the archive as a dump.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut impl Write, articles: u64, seed: u64) -> io::Result<()> {
    let mut maker = Maker::new(seed);
    write_line(out, &Record::Dateline(VERSION))?;
    write_line(
        out,
        &Record::Site(SiteDocument {
            name: "The Measured Archive".to_owned(),
            url: "https://archive.example".to_owned(),
            description: Some("Made-up articles to measure with.".to_owned()),
            updated_at: Moment(BEGIN),
            ..SiteDocument::default()
        }),
    )?;
    for number in 0..AUTHORS {
        let name = format!(
            "{} {}",
            capitalised(&maker.words[number * 7]),
            capitalised(&maker.words[number * 11 + 3])
        );
        let author = AuthorDocument {
            id: AuthorId(maker.id()),
            slug: format!("{}-{number}", slug_of(&name)),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name,
            bio: Some(maker.sentence(12)),
            links: Vec::new(),
            updated_at: Moment(BEGIN),
        };
        maker.authors.push(author.id);
        write_line(out, &Record::Author(author))?;
    }
    for number in 0..TAGS {
        let name = format!("{} {number}", maker.words[number * 5 + 1]);
        let tag = TagDocument {
            id: TagId(maker.id()),
            slug: slug_of(&name),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name,
            tag_type: TagType::ALL[number % TagType::ALL.len()],
            description: None,
            external_ids: Vec::new(),
            aliases: Vec::new(),
            updated_at: Moment(BEGIN),
        };
        maker.tags.push(tag.id);
        write_line(out, &Record::Tag(tag))?;
    }
    for number in 0..SOURCES {
        let name = format!("{} Source {number}", capitalised(&maker.words[number + 2]));
        let source = SourceDocument {
            id: SourceId(maker.id()),
            slug: slug_of(&name),
            former_slugs: Vec::new(),
            former_ids: Vec::new(),
            name,
            kind: SourceKind::ALL[number % SourceKind::ALL.len()],
            parent: None,
            note: None,
            domains: vec![format!("source-{number}.example")],
            updated_at: Moment(BEGIN),
        };
        maker.sources.push(source.id);
        write_line(out, &Record::Source(source))?;
    }
    for number in 0..articles {
        let record = maker.article(number, articles);
        write_line(out, &Record::Article(Box::new(record)))?;
    }
    out.flush()
}

struct Maker {
    random: ChaCha8Rng,
    words: Vec<String>,
    common: Zipf,
    popular: Zipf,
    made: u64,
    authors: Vec<AuthorId>,
    tags: Vec<TagId>,
    sources: Vec<SourceId>,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let words = vocabulary(&mut random);
        Self {
            random,
            words,
            common: Zipf::of(WORDS, 1.0),
            popular: Zipf::of(TAGS, 0.8),
            made: 0,
            authors: Vec::new(),
            tags: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// A `UUIDv7` that is higher than the one before.
    fn id(&mut self) -> Uuid {
        self.made += 1;
        let milliseconds = u64::try_from(BEGIN / 1_000).unwrap_or_default() + self.made / 64;
        let mut bytes: [u8; 10] = self.random.random();
        bytes[0] = u8::try_from(self.made % 64).unwrap_or_default() / 4;
        bytes[1] = u8::try_from(self.made % 64 % 4).unwrap_or_default() * 64 + bytes[1] / 4;
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid()
    }

    fn word(&mut self) -> &str {
        let index = self.common.sample(&mut self.random);
        &self.words[index]
    }

    fn sentence(&mut self, words: usize) -> String {
        let mut sentence = String::new();
        for position in 0..words {
            let word = self.word().to_owned();
            if position == 0 {
                sentence.push_str(&capitalised(&word));
            } else {
                sentence.push(' ');
                sentence.push_str(&word);
            }
        }
        sentence.push('.');
        sentence
    }

    fn article(&mut self, number: u64, of: u64) -> ArticleRecord {
        let step = SPAN / i64::try_from(of.max(1)).unwrap_or(i64::MAX);
        let number_signed = i64::try_from(number).unwrap_or_default();
        let published_at =
            Moment(BEGIN + step * number_signed + self.random.random_range(0..step.max(1)));
        let words = self.random.random_range(6..12);
        let headline = self.sentence(words).trim_end_matches('.').to_owned();
        let mut markdown = String::new();
        let length = self.random.random_range(4_000..5_000);
        let mut paragraphs = Vec::new();
        while markdown.len() < length {
            let mut paragraph = String::new();
            for _ in 0..self.random.random_range(3..6) {
                let words = self.random.random_range(8..22);
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(&self.sentence(words));
            }
            if !markdown.is_empty() {
                markdown.push_str("\n\n");
            }
            markdown.push_str(&paragraph);
            paragraphs.push(paragraph);
        }
        let mut tags = Vec::new();
        let wanted = self.random.random_range(5..=20);
        while tags.len() < wanted {
            let tag = self.tags[self.popular.sample(&mut self.random)];
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let authors = self.random.random_range(1..=2);
        let authors = index::sample(&mut self.random, AUTHORS, authors)
            .into_iter()
            .map(|author| Contribution {
                author: self.authors[author],
                role: ContributorRole::Author,
            })
            .collect();
        let citations = (0..self.random.random_range(2..=5))
            .map(|position| self.citation(position, &paragraphs))
            .collect();
        let date = published_at.to_utc();
        let slug = format!("{}-{number}", slug_of(&headline));
        let document = ArticleDocument {
            id: ArticleId(self.id()),
            standfirst: Some(self.sentence(18)),
            path: format!("/{}/{slug}", date.format("%Y/%m/%d")),
            slug,
            headline,
            former_paths: Vec::new(),
            kind: Kind::ALL[self.popular.sample(&mut self.random) % Kind::ALL.len()],
            language: "en".to_owned(),
            dateline: None,
            byline_text: None,
            authors,
            body: markdown,
            tags,
            citations,
            notices: if number.is_multiple_of(50) {
                vec![Notice {
                    kind: NoticeKind::Correction,
                    text: self.sentence(14),
                    at: Some(published_at),
                }]
            } else {
                Vec::new()
            },
            rights: Rights {
                licence: Some("CC0-1.0".to_owned()),
                ..Rights::default()
            },
            hero: None,
            first_published_at: published_at,
            published_at,
            updated_at: published_at,
            embargoed_until: None,
            retracted_at: None,
        };
        ArticleRecord {
            version: 1,
            revision: RevisionId(self.id()),
            created_at: published_at,
            saved_at: published_at,
            origin: None,
            document,
        }
    }

    fn citation(&mut self, position: usize, paragraphs: &[String]) -> CitationDocument {
        let source = self.random.random_range(0..SOURCES);
        let paragraph = &paragraphs[position % paragraphs.len()];
        let quote = paragraph
            .split_once('.')
            .map_or(paragraph.as_str(), |(first, _)| first)
            .to_owned();
        let block = body::render(paragraph).blocks.pop().map(|block| block.id);
        CitationDocument {
            id: CitationId(self.id()),
            source: Some(self.sources[source]),
            role: CitationRole::ALL[position % CitationRole::ALL.len()],
            url: Some(format!("https://source-{source}.example/{}", self.made)),
            title: Some(self.sentence(6)),
            block,
            quote: Some(quote),
            prefix: None,
            suffix: None,
            speaker: None,
            speaker_as_printed: None,
            verb: None,
            via: None,
            link_health: LinkHealth::default(),
            snapshot_url: None,
        }
    }
}

/// Draws low numbers more often than high ones: the number n with a weight of 1/(n+1)^s.
struct Zipf(Vec<f64>);

impl Zipf {
    fn of(size: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        Self(
            (1..=u32::try_from(size).unwrap_or(u32::MAX))
                .map(|rank| {
                    sum += f64::from(rank).powf(-exponent);
                    sum
                })
                .collect(),
        )
    }
}

impl Distribution<usize> for Zipf {
    fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> usize {
        let target = random.random::<f64>() * self.0.last().copied().unwrap_or_default();
        self.0
            .partition_point(|sum| *sum <= target)
            .min(self.0.len() - 1)
    }
}

/// Words that sound like words, the common ones short.
fn vocabulary(random: &mut ChaCha8Rng) -> Vec<String> {
    const BEGINNINGS: [&str; 20] = [
        "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr",
        "pl", "cr",
    ];
    const MIDDLES: [&str; 10] = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "io", "y"];
    const ENDS: [&str; 12] = [
        "n", "r", "t", "l", "s", "nd", "rk", "st", "m", "ck", "ph", "ng",
    ];
    let mut words = Vec::with_capacity(WORDS);
    let mut seen = std::collections::HashSet::new();
    while words.len() < WORDS {
        let syllables = 1 + words.len() / 800;
        let mut word = String::new();
        for _ in 0..syllables.min(4) {
            word.push_str(BEGINNINGS[random.random_range(0..BEGINNINGS.len())]);
            word.push_str(MIDDLES[random.random_range(0..MIDDLES.len())]);
            if random.random_bool(0.5) {
                word.push_str(ENDS[random.random_range(0..ENDS.len())]);
            }
        }
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_archive_and_another_seed_another() {
        let archive = |seed| {
            let mut out = Vec::new();
            write(&mut out, 20, seed).unwrap();
            out
        };
        assert_eq!(archive(7), archive(7));
        assert_ne!(archive(7), archive(8));
    }
}
