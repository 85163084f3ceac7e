//! The lines of a dump.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::{
    content::{
        article::document::ArticleDocument, author::AuthorDocument, site::SiteDocument,
        source::SourceDocument, tag::TagDocument,
    },
    editorial::{
        identity::{ArticleId, RevisionId},
        moment::Moment,
    },
};

/// The version of the format; a reader refuses a higher one.
pub const VERSION: u32 = 1;

/// One line of a dump.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// The first line: the version of the format.
    Dateline(u32),
    /// The site.
    Site(SiteDocument),
    /// An author.
    Author(AuthorDocument),
    /// A tag.
    Tag(TagDocument),
    /// A source.
    Source(SourceDocument),
    /// An earlier revision of the article that follows.
    Revision(Box<RevisionRecord>),
    /// An article as readers see it.
    Article(Box<ArticleRecord>),
    /// An article that is gone.
    Withdrawal(WithdrawalRecord),
}

/// The line of a published article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArticleRecord {
    /// The number of its revision, counted from 1.
    pub version: i64,
    /// Its revision.
    pub revision: RevisionId,
    /// When its identity was made.
    pub created_at: Moment,
    /// When the revision was saved.
    pub saved_at: Moment,
    /// Its lasting name where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What was written.
    pub document: ArticleDocument,
}

/// The line of an earlier revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevisionRecord {
    /// Its number.
    pub version: i64,
    /// Its identity.
    pub revision: RevisionId,
    /// When it was saved.
    pub saved_at: Moment,
    /// What was written.
    pub document: ArticleDocument,
}

/// The line of an article that is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalRecord {
    /// Which article.
    pub article: ArticleId,
    /// The number of its last revision.
    pub version: i64,
    /// Its last revision.
    pub revision: RevisionId,
    /// When its identity was made.
    pub created_at: Moment,
    /// Since when it is gone.
    pub withdrawn_at: Moment,
    /// Its lasting name where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Every path that led to it.
    pub paths: Vec<String>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
}

/// A typed line: the type stands first, so that a reader knows what follows.
#[derive(Serialize)]
struct Typed<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    fields: &'a T,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
}

/// Reads one line.
///
/// # Errors
/// A sentence that says what is wrong with the line.
pub fn read_line(line: &str) -> Result<Record, String> {
    let head: Head<'_> = serde_json::from_str(line).map_err(|error| {
        format!(
            "the line is no JSON object with a \"type\": {}",
            plain(&error)
        )
    })?;
    // The type is the first member as Dateline writes it; taken out, the rest is the record.
    match head.kind.as_ref() {
        "dateline" => {
            rest::<Header>(line, "dateline").map(|header| Record::Dateline(header.version))
        }
        "site" => rest(line, "site").map(Record::Site),
        "author" => rest(line, "author").map(Record::Author),
        "tag" => rest(line, "tag").map(Record::Tag),
        "source" => rest(line, "source").map(Record::Source),
        "revision" => rest(line, "revision").map(|record| Record::Revision(Box::new(record))),
        "article" => rest(line, "article").map(|record| Record::Article(Box::new(record))),
        "withdrawal" => rest(line, "withdrawal").map(Record::Withdrawal),
        other => Err(format!(
            "\"{other}\" is no type of record; known are dateline, site, author, tag, source, revision, article and withdrawal"
        )),
    }
}

fn rest<T: for<'de> Deserialize<'de>>(line: &str, kind: &str) -> Result<T, String> {
    let prefix = format!("{{\"type\":\"{kind}\",");
    let parsed = match line.strip_prefix(prefix.as_str()) {
        Some(rest) => {
            let mut object = String::with_capacity(rest.len() + 1);
            object.push('{');
            object.push_str(rest);
            serde_json::from_str(&object)
        }
        None => serde_json::from_str::<serde_json::Value>(line).and_then(|mut value| {
            if let Some(object) = value.as_object_mut() {
                object.remove("type");
            }
            serde_json::from_value(value)
        }),
    };
    parsed.map_err(|error| format!("the {kind} cannot be read: {}", plain(&error)))
}

/// What serde says, without its own idea of the line, which is always 1.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// Writes one line.
///
/// # Errors
/// When the line cannot be written.
pub fn write_line(out: &mut impl Write, record: &Record) -> io::Result<()> {
    match record {
        Record::Dateline(version) => line(out, "dateline", &Header { version: *version }),
        Record::Site(site) => line(out, "site", site),
        Record::Author(author) => line(out, "author", author),
        Record::Tag(tag) => line(out, "tag", tag),
        Record::Source(source) => line(out, "source", source),
        Record::Revision(revision) => line(out, "revision", revision.as_ref()),
        Record::Article(article) => line(out, "article", article.as_ref()),
        Record::Withdrawal(withdrawal) => line(out, "withdrawal", withdrawal),
    }
}

fn line<T: Serialize>(out: &mut impl Write, kind: &'static str, fields: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Typed { kind, fields }).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whatever_the_order_of_its_members() {
        let tag = r#"{"type":"tag","id":"tag_01h455vb4pex5vsknk084sn02q","slug":"a","name":"A","tag_type":"TOPIC","updated_at":"2026-01-01T00:00:00Z"}"#;
        let Ok(Record::Tag(read)) = read_line(tag) else {
            panic!()
        };
        let turned = tag
            .replace(r#"{"type":"tag","#, "{")
            .replace(r#""Z"}"#, "")
            .replace('}', r#","type":"tag"}"#);
        assert_eq!(read_line(&turned), Ok(Record::Tag(read.clone())));
        let mut written = Vec::new();
        write_line(&mut written, &Record::Tag(read)).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), format!("{tag}\n"));
    }

    #[test]
    fn a_bad_line_says_what_is_wrong_with_it() {
        for (line, words) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            (r#"{"type":"poem"}"#, "no type of record"),
            (
                r#"{"type":"tag","id":"author_01h455vb4pex5vsknk084sn02q"}"#,
                "wants tag",
            ),
            (r#"{"type":"tag","colour":"red"}"#, "unknown field `colour`"),
        ] {
            let refusal = read_line(line).unwrap_err();
            assert!(refusal.contains(words), "{line}: {refusal}");
        }
    }
}
