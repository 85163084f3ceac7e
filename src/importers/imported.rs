//! What an importer found in one foreign document, while people, tags and sources are still names.
//!
//! Importers fill this in and never touch the database; `adopt` turns names into identities and calls the
//! commands. Every list keeps the order of the document.

use chrono::{DateTime, Utc};

use crate::editorial::vocabulary::{CitationRole, ContributorRole, Kind, NoticeKind};

/// One article as found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The document's lasting name in its origin, by which a second import finds the same article again:
    /// `text:news/000_fd65.txt`, `markdown:content/posts/2014-03-19-hello.md`, `reuters21578:1`.
    pub origin: String,
    /// Where the document begins, for the report.
    pub place: Place,
    pub headline: Option<String>,
    pub standfirst: Option<String>,
    /// The slug that the document states or its file name gives; made from the headline when absent.
    pub slug: Option<String>,
    /// The path on the site, beginning with `/`, when the document states one.
    pub path: Option<String>,
    /// Earlier paths of the same document, each beginning with `/`.
    pub former_paths: Vec<String>,
    pub kind: Option<Kind>,
    /// BCP 47 language tag.
    pub language: Option<String>,
    pub dateline_place: Option<String>,
    /// The date line exactly as printed.
    pub dateline_text: Option<String>,
    /// The byline exactly as printed.
    pub byline_text: Option<String>,
    pub authors: Vec<ImportedAuthor>,
    pub published_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    /// The body as Markdown (`CommonMark` with tables and footnotes). Paragraph `n` of a citation counts its blocks.
    pub body: String,
    /// Tags as printed, case and blanks kept; the first is the main one.
    pub tags: Vec<String>,
    pub citations: Vec<ImportedCitation>,
    pub notices: Vec<(NoticeKind, String)>,
    /// The copyright line as printed.
    pub copyright: Option<String>,
    pub copyright_year: Option<i32>,
    pub copyright_holder: Option<String>,
    /// The licence as stated: a name, an SPDX identifier or an address.
    pub licence: Option<String>,
    /// Terms of use of the site, as printed.
    pub terms: Option<String>,
    pub hero: Option<ImportedHero>,
    /// What the importer is unsure of; reported, never guessed silently.
    pub doubts: Vec<Doubt>,
}

/// Somebody credited with the article.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedAuthor {
    pub name: String,
    pub role: ContributorRole,
}

/// A source that the article cites, or a quotation with its speaker.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedCitation {
    pub role: CitationRole,
    /// The outlet, agency, office, document or dataset cited; `None` for a quotation whose only source is its speaker.
    pub source: Option<String>,
    /// What the document says of the source, for example `Russian state media`.
    pub source_note: Option<String>,
    pub url: Option<String>,
    /// Title of the cited work or text of the link.
    pub title: Option<String>,
    /// Zero-based index of the body's top-level block that holds the words.
    pub block: Option<usize>,
    /// The words it hangs on, exactly as they stand in the block's plain text.
    pub quote: Option<String>,
    pub speaker: Option<String>,
    /// The speaker as named beside the quotation, when that is not the speaker's name: `the Chinese diplomat`.
    pub speaker_as_printed: Option<String>,
    /// The verb of speech as printed: `said`, `added`.
    pub verb: Option<String>,
    /// Index in `Imported::citations` of the citation through which this one reached us ("Tass, via Zero Hedge").
    pub via: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportedHero {
    pub url: String,
    pub alt: Option<String>,
    pub caption: Option<String>,
    pub credit: Option<String>,
}

/// A place in a foreign file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    /// One-based.
    pub line: u32,
}

/// Something an importer could not settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// One-based line in the document's file.
    pub line: u32,
    /// A sentence: what is unsure, and what was done about it.
    pub message: String,
}

/// Why a document was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub place: Place,
    /// A sentence that says what is wrong and how to mend it.
    pub reason: String,
}
