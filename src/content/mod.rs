//! The newsroom's nouns, a folder each: what a client sees, what may be done, which rows.

pub mod article;
pub mod author;
pub mod citation;
pub mod known;
pub mod migrations;
pub mod noun;
pub mod reading;
pub mod resolve;
pub mod search;
pub mod site;
pub mod source;
pub mod statements;
pub mod tag;

use crate::{editorial::moment::Moment, platform::db::Db};

/// Who writes, when and where: what every command needs.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The database.
    pub db: Db,
    /// The one moment at which everything in the command happens.
    pub now: Moment,
}

/// What became of one submitted thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there before.
    Created,
    /// It reads differently now.
    Updated,
    /// It stood there already, just so.
    Unchanged,
    /// It was refused; a sentence says why and how to mend it.
    Refused(String),
}
