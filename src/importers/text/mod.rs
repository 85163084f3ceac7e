//! Imports news pages that were scraped as plain text, and Reuters-21578 files.
//!
//! A page becomes one article: headline, date line, byline, paragraphs, quotations with their speakers, cited outlets,
//! tags, notices and rights. Nothing is fetched, and nothing is guessed silently: what the page leaves open is a doubt
//! with its line, or stays empty.

mod anchors;
mod attributions;
mod bylines;
mod dates;
mod demonyms;
mod escape;
mod front;
mod names;
mod outlets;
mod page;
mod people;
mod quotations;
mod reuters;
mod rights;
mod roles;
mod speakers;
mod speech;
mod subjects;
#[cfg(test)]
mod tests;
mod trailer;
mod voices;
mod words;

pub use self::outlets::is_agency;

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::editorial::vocabulary::{CitationRole, ContributorRole};
use crate::importers::imported::{
    Doubt, Imported, ImportedAuthor, ImportedCitation, Place, Refused,
};
use page::{Block, Body, Line, Weight};
use trailer::ListedSource;
use words::pattern;

/// Reads one text file: a scraped page, or a Reuters-21578 SGML file holding many.
///
/// `name` is the path of the file relative to the folder imported, with forward slashes. Bytes that are not UTF-8 are
/// read as Windows-1252, with a doubt.
#[must_use]
pub fn read(name: &str, bytes: &[u8]) -> Vec<Result<Imported, Refused>> {
    let refused = |reason: &str| {
        vec![Err(Refused {
            place: Place {
                file: name.to_owned(),
                line: 1,
            },
            reason: reason.to_owned(),
        })]
    };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return refused("the file is empty; put the page's text into it or remove it");
    }
    if is_binary(bytes) {
        return refused("the file is not text; save the page as plain text in UTF-8");
    }
    let (text, doubt) = decode(bytes);
    if reuters::is_reuters(&text) {
        let mut items = reuters::read(name, &text);
        if let (Some(doubt), Some(Ok(first))) = (doubt, items.first_mut()) {
            first.doubts.insert(0, doubt);
        }
        return items;
    }
    match article(name, &text) {
        Some(mut article) => {
            article.doubts.extend(doubt);
            article.doubts.sort_by_key(|doubt| doubt.line);
            vec![Ok(article)]
        }
        None => refused(
            "no paragraph of prose was found; save the page with its article text, one paragraph a line",
        ),
    }
}

/// Control characters other than blanks do not occur in text.
fn is_binary(bytes: &[u8]) -> bool {
    let control = bytes
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31))
        .count();
    bytes.contains(&0) || control * 100 > bytes.len()
}

fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Doubt>) {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = std::str::from_utf8(before).map_or(1, |text| newlines(text) + 1);
            let text = bytes.iter().map(|byte| match byte {
                0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
                _ => char::from(*byte),
            });
            let message = "the file is not UTF-8; it was read as Windows-1252".to_owned();
            (Cow::Owned(text.collect()), Some(Doubt { line, message }))
        }
    }
}

/// How many lines a text ends.
fn newlines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

fn article(name: &str, text: &str) -> Option<Imported> {
    let text = unwrapped(text);
    let lines = page::lines(&text);
    let body = page::body(&lines, 0)?;
    let english = language(&body).is_none_or(|language| language == "en");
    let body = front::body_after_front(&lines, english, body);
    let language = language(&body);
    let front = front::read(&lines, body.range.start, body.range.end, english);
    let trailer = trailer::read(&lines, body.range.start, body.range.end);
    let first_line = lines[body.range.start].number;
    let mut found = Imported {
        origin: format!("text:{name}"),
        place: Place {
            file: name.to_owned(),
            line: 1,
        },
        headline: front.headline,
        standfirst: front.standfirst,
        dateline_text: front.date_text,
        byline_text: front.byline.as_ref().map(|byline| byline.printed.clone()),
        published_at: front.published_at,
        updated_at: front.updated_at,
        tags: trailer.tags,
        notices: trailer.notices,
        licence: trailer.licence,
        terms: trailer.terms,
        doubts: front.doubts,
        ..Imported::default()
    };
    found
        .doubts
        .extend(body.left_out.iter().copied().map(left_out));
    if language.is_none() {
        found.doubts.push(Doubt {
            line: first_line,
            message: "the language of the text could not be told".to_owned(),
        });
    }
    found.language = language;
    if let Some(copyright) = trailer.copyright {
        found.copyright = Some(copyright.line);
        found.copyright_year = copyright.year;
        found.copyright_holder = copyright.holder;
    }
    let byline = front.byline.unwrap_or_default();
    found.authors = byline.authors.into_iter().map(author).collect();
    let mut agencies = byline.agencies;
    let mut blocks = body.blocks;
    let length = blocks.len();
    blocks.extend(note_below(&lines, body.range.end));
    without_notes_on_authors(&mut blocks, &mut found);
    blocks.truncate(length);
    if let Some(dateline) = blocks
        .first_mut()
        .and_then(|block| take_dateline(&mut block.text))
    {
        found.dateline_place = Some(dateline.place);
        found.dateline_text = Some(dateline.printed);
        agencies.extend(dateline.agency);
    }
    agencies.extend(
        blocks
            .last()
            .and_then(|block| page::credit_at_end(&block.text))
            .map(str::to_owned),
    );
    let (citations, unsure) = voices::citations(&blocks);
    found.doubts.extend(unsure);
    found.citations = citations;
    found.citations.extend(listed(agencies, trailer.sources));
    let markdown = blocks.iter().map(|block| {
        if block.is_heading {
            escape::heading(&block.text)
        } else {
            escape::paragraph(&block.text)
        }
    });
    found.body = markdown.collect::<Vec<_>>().join("\n\n");
    Some(found)
}

fn author(name: String) -> ImportedAuthor {
    ImportedAuthor {
        name,
        role: ContributorRole::Author,
    }
}

fn left_out((first, last): (u32, u32)) -> Doubt {
    let lines = if first == last {
        format!("line {first}")
    } else {
        format!("lines {first} to {last}")
    };
    Doubt {
        line: first,
        message: format!("between paragraphs, {lines} did not look like text and had to stay out"),
    }
}

/// The agencies credited and the entries of the article's own list, none of them twice.
fn listed(agencies: Vec<String>, sources: Vec<ListedSource>) -> Vec<ImportedCitation> {
    let mut found: Vec<ImportedCitation> = Vec::new();
    let agencies = agencies.into_iter().map(|agency| (Some(agency), None));
    for (source, url) in agencies.chain(sources.into_iter().map(|source| (source.name, source.url)))
    {
        if url.is_some() || found.iter().all(|other| other.source != source) {
            found.push(ImportedCitation {
                role: CitationRole::Listed,
                source,
                url,
                ..ImportedCitation::default()
            });
        }
    }
    found
}

/// The language of the body, as a BCP 47 tag.
fn language(body: &Body) -> Option<String> {
    let text: Vec<&str> = body
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    let found = whatlang::detect(&text.join("\n"))?;
    let short = match found.lang().code() {
        "eng" => "en",
        "deu" => "de",
        "fra" => "fr",
        "spa" => "es",
        "por" => "pt",
        "ita" => "it",
        "nld" => "nl",
        "swe" => "sv",
        "dan" => "da",
        "nob" => "nb",
        "fin" => "fi",
        "pol" => "pl",
        "ces" => "cs",
        "slk" => "sk",
        "hun" => "hu",
        "ron" => "ro",
        "bul" => "bg",
        "rus" => "ru",
        "ukr" => "uk",
        "srp" => "sr",
        "hrv" => "hr",
        "slv" => "sl",
        "ell" => "el",
        "tur" => "tr",
        "ara" => "ar",
        "heb" => "he",
        "pes" => "fa",
        "urd" => "ur",
        "hin" => "hi",
        "ben" => "bn",
        "tam" => "ta",
        "tha" => "th",
        "vie" => "vi",
        "ind" => "id",
        "jpn" => "ja",
        "kor" => "ko",
        "cmn" => "zh",
        "cat" => "ca",
        "lit" => "lt",
        "lav" => "lv",
        "est" => "et",
        code => code,
    };
    (found.confidence() > 0.2).then(|| short.to_owned())
}

/// A page whose paragraphs are wrapped at some 80 columns, with blank lines between them, gets one line a paragraph.
fn unwrapped(text: &str) -> Cow<'_, str> {
    let lines: Vec<&str> = text.lines().collect();
    let longest = lines
        .iter()
        .map(|line| line.trim_end().chars().count())
        .max()
        .unwrap_or(0);
    let pairs = lines
        .windows(2)
        .filter(|pair| !pair[0].trim().is_empty() && !pair[1].trim().is_empty());
    let (mut wrapped, mut all) = (0, 0);
    for pair in pairs {
        all += 1;
        let open = !pair[0].trim_end().ends_with(['.', '!', '?', ':', '”', '"']);
        wrapped += usize::from(open && pair[0].trim().chars().count() * 5 > longest * 3);
    }
    if !(50..=100).contains(&longest) || wrapped < 4 || wrapped * 2 < all {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    let mut joined = 0;
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).map_or("", |next| next.trim());
        written.push_str(line.trim());
        if !next.is_empty() && line.trim().chars().count() * 5 > longest * 3 {
            written.push(' ');
            joined += 1;
        } else {
            // Blank lines take the place of those joined, so that line numbers stay true.
            written.extend(std::iter::repeat_n('\n', joined + 1));
            joined = 0;
        }
    }
    Cow::Owned(written)
}

struct Dateline {
    place: String,
    printed: String,
    agency: Option<String>,
}

/// Takes "CAIRO — " or "Oslo (Reuters) - " from the front of the first paragraph.
fn take_dateline(text: &mut String) -> Option<Dateline> {
    static DATELINE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?P<place>\p{Lu}[\p{L}.'’/-]*(?:[\s,]+\p{Lu}[\p{L}.'’-]*){0,4}?)(?:,\s*(?:\p{L}{3,9}\.?\s+\d{1,2}|\d{1,2}\.?\s+\p{L}{3,9}))?\s*(?:[(/]\s*(?P<agency>[\p{L} .-]{2,30}?)\s*[)/])?\s*(?:—|–|--|-|:)\s+",
        )
    });
    let found = DATELINE.captures(text)?;
    let place = found["place"].trim().trim_end_matches(',').to_owned();
    let first = place.split([',', ' ']).next().unwrap_or_default();
    let capitals = first.chars().filter(|c| c.is_alphabetic()).count() >= 3
        && first.chars().all(|c| !c.is_lowercase());
    let city = place.split(',').next().unwrap_or_default();
    let capitals = capitals && city.chars().all(|c| !c.is_lowercase());
    let agency = found
        .name("agency")
        .map(|agency| agency.as_str().to_owned())
        .filter(|agency| outlets::is_outlet(agency));
    if !capitals && agency.is_none() {
        return None;
    }
    let end = found.get(0).map_or(0, |whole| whole.end());
    let printed = text[..end].trim().to_owned();
    if text[end..].trim().is_empty() {
        return None;
    }
    text.drain(..end);
    Some(Dateline {
        place,
        printed,
        agency,
    })
}

/// The line directly under the text, which may be a note on the author without a full stop.
fn note_below(lines: &[Line<'_>], end: usize) -> Option<Block> {
    let line = lines
        .get(end)
        .filter(|line| line.weight == Weight::Other && page::count_words(line.text) >= 6)?;
    Some(Block {
        line: line.number,
        text: line.text.to_owned(),
        is_heading: false,
    })
}

/// Takes what closes many articles and is about the author, not the subject; without a byline it names the author.
fn without_notes_on_authors(blocks: &mut Vec<Block>, found: &mut Imported) {
    static NOTE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:^|\.\s+)(?P<name>\p{Lu}[\p{L}.'’-]+(?:\s+(?:de|van|von|der|la|del)?\s?\p{Lu}[\p{L}.'’-]+){1,3})\s+(?:is|are|was|has been|es|ist|est|covers|writes|è|é)\s+(?:a|an|the|el|la|ein|eine|un|une|abogad|polit|profes|period|analist|econom|journalist|correspond|research|Professor|Autor|Redakt|\p{L}+ (?:editor|reporter|correspondent|e investigador))",
        )
    });
    static MORE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?i)^(?:more (?:from |by |on )?|follow |contact |e-?mail )"));
    while blocks.len() > 1 {
        let Some(last) = blocks.last() else { return };
        let names: Vec<String> = NOTE
            .captures_iter(&last.text)
            .map(|note| note["name"].to_owned())
            .collect();
        let of_author = found.authors.iter().any(|author| {
            names.contains(&author.name)
                || last.text.contains(&author.name)
                    && (MORE.is_match(&last.text) || last.text.contains('@'))
        });
        let elsewhere = |name: &String| {
            blocks[..blocks.len() - 1].iter().any(|block| {
                name.split_whitespace()
                    .next_back()
                    .is_some_and(|last_name| block.text.contains(last_name))
            })
        };
        let starts = names
            .first()
            .is_some_and(|name| last.text.starts_with(name.as_str()));
        if of_author {
            let message = "this line is about the author and was left out of the text".to_owned();
            found.doubts.push(Doubt {
                line: last.line,
                message,
            });
        } else if found.authors.is_empty() && starts && names.iter().all(|name| !elsewhere(name)) {
            let message = format!(
                "without a byline, the note on {} was taken to name the author",
                names.join(" and ")
            );
            found.doubts.push(Doubt {
                line: last.line,
                message,
            });
            found.authors = names
                .into_iter()
                .map(|name| ImportedAuthor {
                    name,
                    role: ContributorRole::Author,
                })
                .collect();
        } else {
            return;
        }
        blocks.pop();
    }
}
