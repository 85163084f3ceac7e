//! Dateline's own dump: one JSON object a line, lossless, the same from either database.
//!
//! The first line names the format and its version. Then come the site, authors, tags and sources, and for every
//! article in the order of ids its earlier revisions and itself, or that it was withdrawn. `docs/dump.md` describes it
//! field by field.

mod export;
mod record;

pub use export::{ExportError, export};
pub use record::{
    ArticleRecord, Record, RevisionRecord, VERSION, WithdrawalRecord, read_line, write_line,
};
