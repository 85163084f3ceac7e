//! Everything about an article that needs the processor and not the database, done before a transaction begins.

use std::cell::RefCell;
use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::{document::ArticleDocument, draft::DraftDocument};
use crate::editorial::{body, slug::sort_key, terms::Analyser};

/// An article ready to be written.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What was written.
    pub document: ArticleDocument,
    /// What readers get of it, when that is less.
    shown: Option<Box<ArticleDocument>>,
    /// The document as a revision keeps it: JSON compressed with LZ4.
    pub packed: Vec<u8>,
    /// A hash of the document's JSON, by which a second import finds that nothing has changed.
    pub content_hash: i64,
    /// The body as readers get it.
    pub html: String,
    /// Words of the body.
    pub word_count: u32,
    /// Orders articles by title.
    pub title_key: String,
    /// What full-text search finds, joined by blanks.
    pub terms: String,
}

thread_local! {
    static ANALYSERS: RefCell<HashMap<String, Analyser>> = RefCell::default();
}

impl Prepared {
    /// Renders, indexes and packs a document.
    ///
    /// # Errors
    /// When the document cannot be written as JSON, which no document read from JSON can be guilty of.
    pub fn of(document: ArticleDocument) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_vec(&document)?;
        let shown = document
            .retracted_at
            .map(|_| Box::new(document.without_body()));
        let seen = shown.as_deref().unwrap_or(&document);
        let body = body::render(&seen.body);
        let mut terms = String::with_capacity(body.text.len());
        ANALYSERS.with_borrow_mut(|analysers| {
            let analyser = analysers
                .entry(document.language.clone())
                .or_insert_with(|| Analyser::new(&document.language));
            let standfirst = seen.standfirst.as_deref().unwrap_or_default();
            for text in [document.headline.as_str(), standfirst, body.text.as_str()] {
                analyser.terms(text, |term| {
                    terms.push_str(term);
                    terms.push(' ');
                });
            }
        });
        Ok(Self {
            content_hash: i64::from_ne_bytes(xxh3_64(&json).to_ne_bytes()),
            packed: lz4_flex::compress_prepend_size(&json),
            html: body.html,
            word_count: body.word_count,
            title_key: sort_key(&document.headline),
            terms,
            shown,
            document,
        })
    }

    /// What readers get.
    #[must_use]
    pub fn shown(&self) -> &ArticleDocument {
        self.shown.as_deref().unwrap_or(&self.document)
    }
}

/// A draft or an article as a revision keeps it.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn pack(document: &impl serde::Serialize) -> Result<Vec<u8>, serde_json::Error> {
    Ok(lz4_flex::compress_prepend_size(&serde_json::to_vec(
        document,
    )?))
}

/// Reads any revision back, finished or not.
///
/// # Errors
/// A sentence when the bytes are damaged.
pub fn unpack_draft(packed: &[u8]) -> Result<DraftDocument, String> {
    let json = lz4_flex::decompress_size_prepended(packed).map_err(|error| error.to_string())?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

/// Reads a packed document back.
///
/// # Errors
/// A sentence when the bytes are damaged.
pub fn unpack(packed: &[u8]) -> Result<ArticleDocument, String> {
    let json = lz4_flex::decompress_size_prepended(packed).map_err(|error| error.to_string())?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}
