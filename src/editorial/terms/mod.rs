//! What full-text search finds: how a text becomes terms, and how a reader's query becomes a question about terms.
//!
//! Both databases index the terms made here and are asked about them alone, so they find the same articles: case and
//! marks do not count (`Hélène` is found by `helene`, `Straßen` by `strassen`), words are reduced to their stems by the
//! Snowball rules of the article's language, and every ideograph is a term of its own.
//! Nothing of a query but such terms ever reaches a database, so a query can be hostile without effect.

mod analyser;
mod matcher;
mod query;

pub use analyser::{Analyser, tsvector};
pub use matcher::{Matcher, Passage};
pub use query::{Query, QueryError};
