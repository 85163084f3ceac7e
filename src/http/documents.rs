//! Which document a request asks for: by its text, by the hash of its text, or by the id of a trusted document.
//!
//! Whatever was found is parsed, weighed and known to be free of conflicts; a document that is asked for again is not
//! looked at again. Documents that clients persist, and parsed ones, are kept in memory up to a number of bytes each.
//! This module never keeps a document before the schema has let it pass, and never runs one.

mod bounded;
mod trusted;
mod validated;

use std::sync::Arc;

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use aws_lc_rs::digest;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

use self::{bounded::Bounded, validated::Passed};
pub use self::{
    trusted::{Trusted, TrustedError, TrustedOnly},
    validated::{Validated, Way},
};
use super::{
    asked::{Asked, Named},
    budget, glance,
    limits::Limits,
    overlap::{self, Outline},
    refusal::Refusal,
};
use crate::access::Actor;

/// The SHA-256 of a document's text.
type Hash = [u8; 32];

fn hash_of(text: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}

/// The hash that 64 hexadecimal digits stand for, with or without the prefix of the GraphQL-over-HTTP draft.
fn hash_in(id: &str) -> Option<Hash> {
    let digits = id.strip_prefix(HASH_PREFIX).unwrap_or(id);
    let bytes = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()?;
    bytes.try_into().ok()
}

const HASH_PREFIX: &str = "sha256:";

/// A document that may be given to the schema.
#[derive(Debug)]
pub struct Prepared {
    /// Its text.
    pub text: Arc<str>,
    /// The same, parsed.
    pub parsed: ExecutableDocument,
    bytes: usize,
    passed: Passed,
}

impl Prepared {
    /// Looks at a text, the cheapest look first.
    ///
    /// # Errors
    ///
    /// When it is no document, passes a limit, or has fields that conflict.
    pub fn new(text: &str, limits: &Limits, outline: &Outline) -> Result<Self, Refusal> {
        let tokens = glance::check_source(text, limits)?;
        let parsed = parse_query(text).map_err(|error| Refusal::unparsable(&error))?;
        budget::check_document(&parsed, limits)?;
        overlap::check_overlaps(&parsed, outline, limits)?;
        Ok(Self {
            text: Arc::from(text),
            parsed,
            bytes: PREPARED_BYTES
                + text.len()
                + usize::try_from(tokens)
                    .unwrap_or(usize::MAX)
                    .saturating_mul(TOKEN_BYTES),
            passed: Passed::default(),
        })
    }

    /// Whether it has passed the schema's validation when it was asked for in this way before.
    pub fn has_passed(&self, way: Way) -> bool {
        self.passed.includes(way)
    }
}

/// What a kept document takes apart from its text: the entry, and what the parser makes of a token at most (a field).
const PREPARED_BYTES: usize = 1024;
const TOKEN_BYTES: usize = 320;

/// A document that was found, and what to remember of it once the schema has let it pass.
#[derive(Debug)]
pub struct Found {
    /// The document.
    pub document: Arc<Prepared>,
    is_new: bool,
    persist: Option<Hash>,
}

impl Found {
    fn known(document: &Arc<Prepared>) -> Self {
        Self {
            document: Arc::clone(document),
            is_new: false,
            persist: None,
        }
    }
}

/// All documents that need no second look.
#[derive(Debug)]
pub struct Documents {
    limits: Limits,
    outline: Outline,
    trusted: Trusted,
    persisted: Bounded<Hash, Arc<Prepared>>,
    parsed: Bounded<Arc<str>, Arc<Prepared>>,
}

impl Documents {
    /// None but the trusted ones yet.
    pub fn new(limits: Limits, outline: Outline, trusted: Trusted) -> Self {
        Self {
            persisted: Bounded::new(limits.persisted_bytes),
            parsed: Bounded::new(limits.parsed_bytes),
            limits,
            outline,
            trusted,
        }
    }

    /// The document that somebody asks for.
    ///
    /// # Errors
    ///
    /// When it is not known, is not what its hash says, is not trusted where it must be, or cannot be run.
    pub fn find(&self, asked: &Asked, who: &Actor) -> Result<Found, Refusal> {
        let is_held = self.trusted.only().holds(who);
        match (&asked.query, &asked.named) {
            (Some(text), Some(Named::Hash(given))) => self.by_text_and_hash(text, given, is_held),
            (Some(text), _) => self.by_text(text, is_held),
            (None, Some(named)) => self.by_name(named, is_held),
            (None, None) => Err(Refusal::no_query()),
        }
    }

    /// Remembers what the schema has let pass.
    pub fn remember(&self, found: &Found, way: Option<Way>) {
        let document = &found.document;
        if let Some(way) = way {
            document.passed.note(way);
        }
        if found.is_new {
            let text = Arc::clone(&document.text);
            self.parsed.put(text, Arc::clone(document), document.bytes);
        }
        if let Some(hash) = found.persist {
            self.persisted
                .put(hash, Arc::clone(document), document.bytes);
        }
    }

    fn by_text_and_hash(&self, text: &str, given: &str, is_held: bool) -> Result<Found, Refusal> {
        if let Some(document) = self.trusted.by_id(given)
            && *document.text == *text
        {
            return Ok(Found::known(document));
        }
        let hash = hash_of(text);
        if hash_in(given) != Some(hash) {
            return Err(Refusal::malformed(format!(
                "the SHA-256 of the query is {}, not {}; hash the text exactly as it is sent",
                HEXLOWER.encode(&hash),
                shortened(given)
            )));
        }
        let mut found = self.by_text(text, is_held)?;
        let is_kept = self.trusted.by_hash(&hash).is_some() || self.persisted.get(&hash).is_some();
        found.persist = (self.persisted.is_on() && !is_kept).then_some(hash);
        Ok(found)
    }

    fn by_text(&self, text: &str, is_held: bool) -> Result<Found, Refusal> {
        if let Some(document) = self.trusted.by_text(text) {
            return Ok(Found::known(document));
        }
        if is_held {
            return Err(not_trusted("this document"));
        }
        if let Some(document) = self.parsed.get(text) {
            return Ok(Found::known(&document));
        }
        Ok(Found {
            document: Arc::new(Prepared::new(text, &self.limits, &self.outline)?),
            is_new: true,
            persist: None,
        })
    }

    fn by_name(&self, named: &Named, is_held: bool) -> Result<Found, Refusal> {
        let (Named::Id(id) | Named::Hash(id)) = named;
        let hash = hash_in(id);
        let trusted = self
            .trusted
            .by_id(id)
            .or_else(|| self.trusted.by_id(id.strip_prefix(HASH_PREFIX)?))
            .or_else(|| self.trusted.by_hash(&hash?));
        if let Some(document) = trusted {
            return Ok(Found::known(document));
        }
        if is_held {
            return Err(not_trusted(&format!("\"{}\"", shortened(id))));
        }
        if let Some(document) = hash.and_then(|hash| self.persisted.get(&hash)) {
            return Ok(Found::known(&document));
        }
        Err(match named {
            // Clients know these two by their message.
            Named::Hash(_) if self.persisted.is_on() => {
                Refusal::retried("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            }
            Named::Hash(_) => Refusal::retried(
                "PERSISTED_QUERY_NOT_SUPPORTED",
                "PersistedQueryNotSupported",
            ),
            Named::Id(_) => Refusal::of_document(
                "DOCUMENT_NOT_FOUND",
                format!(
                    "no document has the id \"{}\"; send its text as `query`, or add it to the server's trusted documents",
                    shortened(id)
                ),
            ),
        })
    }
}

fn not_trusted(what: &str) -> Refusal {
    Refusal::of_document(
        "DOCUMENT_NOT_TRUSTED",
        format!(
            "{what} is not among the trusted documents, and you may run nothing else here; sign in, or add it to the \
             server's trusted documents"
        ),
    )
}

/// An id as it is shown; a hostile one can be as long as a body.
fn shortened(id: &str) -> &str {
    id.get(..id.floor_char_boundary(96)).unwrap_or(id)
}
