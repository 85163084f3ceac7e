//! Reads Reuters-21578 files: SGML with many items and no single root.
//!
//! It goes through the file once. It is no SGML parser: it knows the elements of this collection and nothing else.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDateTime, Utc};
use regex::Regex;

use super::page::Block;
use super::words::pattern;
use super::{bylines, escape, newlines, voices};
use crate::editorial::vocabulary::{CitationRole, Kind};
use crate::importers::imported::{
    Doubt, Imported, ImportedAuthor, ImportedCitation, Place, Refused,
};

/// Whether the text is a file of this collection.
#[must_use]
pub fn is_reuters(text: &str) -> bool {
    let front: String = text.chars().take(2000).collect();
    front.contains("<REUTERS ") || front.contains("<!DOCTYPE lewis")
}

/// Every item of the file.
#[must_use]
pub fn read(name: &str, text: &str) -> Vec<Result<Imported, Refused>> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while let Some(start) = text[at..].find("<REUTERS").map(|start| start + at) {
        line += newlines(&text[at..start]);
        let end = text[start..].find("</REUTERS>").map(|end| end + start);
        let next = text[start + 8..]
            .find("<REUTERS")
            .map(|next| next + start + 8);
        let place = Place {
            file: name.to_owned(),
            line,
        };
        let end = end.filter(|end| next.is_none_or(|next| *end < next));
        let after = end.or(next).unwrap_or(text.len());
        found.push(if end.is_some() {
            item(place, &text[start..after])
        } else {
            let reason = "the item has no closing </REUTERS>; the file is cut off or damaged here, fetch it again";
            Err(Refused { place, reason: reason.to_owned() })
        });
        line += newlines(&text[start..after]);
        at = after;
    }
    found
}

/// The content of the first element of that name, and where it begins.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let open = text
        .find(&format!("<{name}>"))
        .map(|at| at + name.len() + 2)
        .or_else(|| {
            let at = text.find(&format!("<{name} "))?;
            text[at..].find('>').map(|end| at + end + 1)
        })?;
    let close = text[open..].find(&format!("</{name}>"))? + open;
    Some(&text[open..close])
}

fn item(place: Place, text: &str) -> Result<Imported, Refused> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"NEWID="(\d+)""#));
    let line = place.line;
    let line_of = |part: &str| {
        // The part borrows from the item, so that its distance from the item's beginning is its place.
        let distance = (part.as_ptr() as usize)
            .saturating_sub(text.as_ptr() as usize)
            .min(text.len());
        line + newlines(text.get(..distance).unwrap_or_default())
    };
    let refused = |reason: &str| Refused {
        place: place.clone(),
        reason: reason.to_owned(),
    };
    let Some(number) = NUMBER.captures(text) else {
        return Err(refused(
            "the item has no NEWID, by which it would be found again; add the attribute",
        ));
    };
    let mut doubts = Vec::new();
    let whole = element(text, "TEXT").unwrap_or_default();
    let (headline, markdown, blocks) = title_and_body(whole, line_of(whole), &mut doubts, &line_of);
    let Some(headline) = headline else {
        return Err(refused(
            "the item has neither a title nor a body; leave it out or give it a <TITLE>",
        ));
    };
    if markdown.is_empty() {
        doubts.push(Doubt {
            line,
            message: "the item has a title but no body".to_owned(),
        });
    }
    let date_text = element(text, "DATE").map(|date| one_line(&decode(date)));
    let published_at = date_text.as_deref().and_then(moment);
    if published_at.is_none() {
        doubts.push(Doubt {
            line,
            message: format!(
                "the date “{}” cannot be read",
                date_text.unwrap_or_default()
            ),
        });
    }
    let dateline = element(whole, "DATELINE")
        .map(|dateline| one_line(&decode(dateline)))
        .filter(|text| !text.is_empty());
    let byline = element(whole, "AUTHOR")
        .map(|author| one_line(&decode(author)))
        .filter(|author| !author.is_empty());
    let credited = byline
        .as_deref()
        .and_then(|byline| bylines::after_by(byline).or_else(|| bylines::of_names(byline)));
    if let (Some(byline), None) = (&byline, &credited) {
        doubts.push(Doubt {
            line,
            message: format!("no name was recognised in the byline “{byline}”"),
        });
    }
    let tags = ["TOPICS", "PLACES", "PEOPLE", "ORGS", "EXCHANGES"]
        .into_iter()
        .filter_map(|name| element(text, name));
    let (mut citations, unsure) = voices::citations(&blocks);
    doubts.extend(unsure);
    citations.push(ImportedCitation {
        role: CitationRole::Listed,
        source: Some("Reuters".to_owned()),
        ..ImportedCitation::default()
    });
    Ok(Imported {
        origin: format!("reuters21578:{}", &number[1]),
        place,
        headline: Some(headline),
        kind: Some(Kind::News),
        language: Some("en".to_owned()),
        dateline_place: dateline.as_deref().and_then(dateline_place),
        dateline_text: dateline,
        byline_text: byline,
        authors: credited
            .map(|byline| byline.authors)
            .unwrap_or_default()
            .into_iter()
            .map(author)
            .collect(),
        published_at,
        body: markdown,
        tags: tags.flat_map(labels).collect(),
        citations,
        doubts,
        ..Imported::default()
    })
}

/// The headline, the body as Markdown, and its paragraphs.
fn title_and_body(
    whole: &str,
    line: u32,
    doubts: &mut Vec<Doubt>,
    line_of: &dyn Fn(&str) -> u32,
) -> (Option<String>, String, Vec<Block>) {
    let headline = element(whole, "TITLE")
        .map(|title| one_line(&decode(title)))
        .filter(|title| !title.is_empty());
    let body = element(whole, "BODY");
    if headline.is_some() || body.is_some() {
        let blocks = body
            .map(|body| paragraphs(&decode(body), line_of(body)))
            .unwrap_or_default();
        let markdown: Vec<String> = blocks
            .iter()
            .map(|block| escape::paragraph(&block.text))
            .collect();
        return (headline, markdown.join("\n\n"), blocks);
    }
    // A report that was sent unprocessed: its first line is its title, the rest a table.
    let decoded = decode(whole);
    let plain = decoded
        .trim_matches(|c: char| c.is_whitespace() && c != ' ')
        .trim_end();
    let (first, table) = plain.split_once('\n').unwrap_or((plain, ""));
    let headline = Some(one_line(first)).filter(|first| !first.is_empty());
    if headline.is_some() {
        doubts.push(Doubt {
            line,
            message: "the item marks no title; its first line was taken".to_owned(),
        });
    }
    (headline, fenced(without_signature(table)), Vec::new())
}

fn author(name: String) -> ImportedAuthor {
    ImportedAuthor {
        name,
        ..ImportedAuthor::default()
    }
}

fn labels(list: &str) -> Vec<String> {
    list.split("<D>")
        .skip(1)
        .filter_map(|part| Some(decode(part.split_once("</D>")?.0).trim().to_owned()))
        .collect()
}

/// Drops references to control characters and control characters themselves, and decodes entities.
fn decode(text: &str) -> String {
    static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(?:#(\d{1,7})|([a-z]+));"));
    let decoded = REFERENCE.replace_all(text, |found: &regex::Captures<'_>| {
        if let Some(code) = found.get(1) {
            let c = code.as_str().parse().ok().and_then(char::from_u32);
            return c
                .filter(|c| !c.is_control())
                .map(String::from)
                .unwrap_or_default();
        }
        match &found[2] {
            "lt" => "<".to_owned(),
            "gt" => ">".to_owned(),
            "amp" => "&".to_owned(),
            "quot" => "\"".to_owned(),
            "apos" => "'".to_owned(),
            _ => found[0].to_owned(),
        }
    });
    decoded
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "26-FEB-1987 15:01:01.79"
fn moment(date: &str) -> Option<DateTime<Utc>> {
    static SHAPE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\d{1,2}-[A-Za-z]{3}-\d{4} \d{1,2}:\d{2}:\d{2}(?:\.\d+)?"));
    let date = SHAPE.find(date)?.as_str();
    NaiveDateTime::parse_from_str(date, "%d-%b-%Y %H:%M:%S%.f")
        .ok()
        .map(|date| date.and_utc())
}

/// The place of a date line: what stands before the day.
fn dateline_place(dateline: &str) -> Option<String> {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?i)[,.]?\s*(?:(?:[a-z]{3,9}\.?\s+\d{1,2}|\d{1,2}\s+[a-z]{3,9})\b.*|-*\s*)$")
    });
    let end = DAY.find(dateline).map_or(dateline.len(), |day| day.start());
    let keeps_stop = dateline[end..].starts_with('.')
        && dateline[..end]
            .rsplit(' ')
            .next()
            .is_some_and(|word| word.len() <= 5 && dateline[..end].contains(','));
    let place = &dateline[..end + usize::from(keeps_stop)];
    (!place.trim().is_empty()).then(|| place.trim().to_owned())
}

/// Joins hard-wrapped lines to paragraphs; an indented line begins one.
fn paragraphs(body: &str, first_line: u32) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut begin = true;
    for (number, line) in (first_line..).zip(without_signature(body).lines()) {
        let text = one_line(line);
        if text.is_empty() {
            begin = true;
            continue;
        }
        match blocks.last_mut() {
            Some(block) if !begin && !line.starts_with("   ") => {
                block.text.push(' ');
                block.text.push_str(&text);
            }
            _ => blocks.push(Block {
                line: number,
                text,
                is_heading: false,
            }),
        }
        begin = false;
    }
    blocks
}

/// The text without the agency's name that closes every item.
fn without_signature(text: &str) -> &str {
    let trimmed = text.trim_end();
    match trimmed.rsplit_once('\n') {
        Some((front, last))
            if ["reuter", "reuters", "reute"].contains(&last.trim().to_lowercase().as_str()) =>
        {
            front.trim_end()
        }
        None if trimmed.trim().eq_ignore_ascii_case("reuter") => "",
        _ => trimmed,
    }
}

/// Lines whose columns matter, as they are.
fn fenced(table: &str) -> String {
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    let table = table.join("\n");
    let table = table.trim_matches('\n');
    if table.trim().is_empty() {
        String::new()
    } else {
        format!("```\n{table}\n```")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "<!DOCTYPE lewis SYSTEM \"lewis.dtd\">\n<REUTERS TOPICS=\"YES\" NEWID=\"7\">\n<DATE>26-FEB-1987 15:01:01.79</DATE>\n<TOPICS><D>rope</D></TOPICS>\n<PLACES><D>norway</D><D>usa</D></PLACES>\n<TEXT>&#2;\n<TITLE>ROPE &lt;RPE> &amp; TWINE</TITLE>\n<AUTHOR>    by Ada Holm, Reuters</AUTHOR>\n<DATELINE>    KESTREL BAY, N.J., Feb 26 - </DATELINE><BODY>Rope rose again in\nthe spring, &lt;Holm and Co> said.\n    Twine fell.\n Reuter\n&#3;</BODY></TEXT>\n</REUTERS>\n<REUTERS NEWID=\"8\">\n<DATE>26-FEB-1987 15:02:00.00</DATE>\n<TEXT TYPE=\"BRIEF\">&#2;\n<TITLE>TWINE FALLS\n</TITLE>Blah blah blah.\n&#3;\n</TEXT>\n</REUTERS>\n<REUTERS NEWID=\"9\">\n<TEXT></TEXT>\n</REUTERS>\n<REUTERS NEWID=\"10\">\n<TITLE>CUT";

    #[test]
    fn an_item_gives_its_parts_with_entities_decoded_and_lines_joined() {
        let items = read("file.sgm", FILE);
        let item = items[0].as_ref().expect("the first item is sound");
        assert_eq!(item.origin, "reuters21578:7");
        assert_eq!(item.headline.as_deref(), Some("ROPE <RPE> & TWINE"));
        assert_eq!(item.dateline_place.as_deref(), Some("KESTREL BAY, N.J."));
        assert_eq!(
            item.dateline_text.as_deref(),
            Some("KESTREL BAY, N.J., Feb 26 -")
        );
        assert_eq!(
            item.authors
                .iter()
                .map(|author| author.name.as_str())
                .collect::<Vec<_>>(),
            ["Ada Holm"]
        );
        assert_eq!(item.tags, ["rope", "norway", "usa"]);
        assert_eq!(
            item.body,
            "Rope rose again in the spring, \\<Holm and Co> said.\n\nTwine fell."
        );
        assert_eq!(
            item.published_at.map(|at| at.to_rfc3339()).as_deref(),
            Some("1987-02-26T15:01:01.790+00:00")
        );
        let credit = item.citations.last().expect("the agency is credited");
        assert_eq!(
            (credit.role, credit.source.as_deref()),
            (CitationRole::Listed, Some("Reuters"))
        );
    }

    #[test]
    fn an_item_with_a_title_alone_is_kept_and_an_empty_or_cut_one_refused_with_its_line() {
        let items = read("file.sgm", FILE);
        assert_eq!(items.len(), 4);
        let brief = items[1].as_ref().expect("a title is enough");
        assert!(
            brief.body.is_empty()
                && brief
                    .doubts
                    .iter()
                    .any(|doubt| doubt.message.contains("no body"))
        );
        let lines: Vec<u32> = items[2..]
            .iter()
            .filter_map(|item| item.as_ref().err())
            .map(|refused| refused.place.line)
            .collect();
        assert_eq!(lines, [23, 26]);
    }
}
