//! What became of an import.

use std::fmt;

use sea_orm::DbErr;

use super::imported::{Doubt, Place};
use crate::content::Outcome;

/// How many refusals, doubts and omissions are kept word for word; all are counted.
const KEPT: usize = 1_000;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// Which one.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing tells the format of a file.
    #[error("nothing says what {0} is; name its format with --format text, markdown or ndjson")]
    UnknownFormat(String),
    /// A dump of a later version, or no dump.
    #[error("{file}: {reason}")]
    NoDump {
        /// Which file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database failed. What was written before stays, and a second run goes on from there.
    #[error(
        "the database failed; what was imported before stays, and the same command goes on from there"
    )]
    Database(#[from] DbErr),
    /// A thread of ours failed.
    #[error("a batch could not be prepared")]
    Prepare(#[from] tokio::task::JoinError),
}

/// What became of the things of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// New ones.
    pub created: u64,
    /// Changed ones.
    pub updated: u64,
    /// Those that stood there already.
    pub unchanged: u64,
    /// Those that were refused.
    pub refused: u64,
}

/// What became of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The articles.
    pub articles: Tally,
    /// The authors, tags, sources and the site.
    pub others: Tally,
    /// Files and items that were rightly left out.
    pub left_out: u64,
    /// Things the importer was unsure of.
    pub doubts: u64,
    /// Sentences, each with its place.
    pub refusals: Vec<(Place, String)>,
    /// Sentences, each with its place.
    pub doubt_texts: Vec<(Place, String)>,
    /// Sentences, each with its place.
    pub left_out_texts: Vec<(Place, String)>,
}

impl Report {
    /// Counts an outcome of an article.
    pub fn article(&mut self, place: &Place, outcome: Outcome) {
        let refusal = self.articles.count(outcome);
        self.keep_refusal(place, refusal);
    }

    /// Counts an outcome of anything else.
    pub fn other(&mut self, place: &Place, outcome: Outcome) {
        let refusal = self.others.count(outcome);
        self.keep_refusal(place, refusal);
    }

    /// Notes what an importer was unsure of.
    pub fn doubt(&mut self, file: &str, doubt: &Doubt) {
        self.doubts += 1;
        if self.doubt_texts.len() < KEPT {
            let place = Place {
                file: file.to_owned(),
                line: doubt.line,
            };
            self.doubt_texts.push((place, doubt.message.clone()));
        }
    }

    /// Notes what was rightly left out.
    pub fn leave_out(&mut self, place: Place, reason: String) {
        self.left_out += 1;
        if self.left_out_texts.len() < KEPT {
            self.left_out_texts.push((place, reason));
        }
    }

    /// Whether anything was refused.
    #[must_use]
    pub fn has_refusals(&self) -> bool {
        self.articles.refused + self.others.refused > 0
    }

    fn keep_refusal(&mut self, place: &Place, refusal: Option<String>) {
        if let Some(reason) = refusal.filter(|_| self.refusals.len() < KEPT) {
            self.refusals.push((place.clone(), reason));
        }
    }
}

impl Tally {
    fn count(&mut self, outcome: Outcome) -> Option<String> {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Refused(reason) => {
                self.refused += 1;
                return Some(reason);
            }
        }
        None
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            created,
            updated,
            unchanged,
            refused,
        } = self;
        write!(
            f,
            "{created} created, {updated} updated, {unchanged} unchanged, {refused} refused"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "articles: {}", self.articles)?;
        writeln!(f, "authors, tags, sources and site: {}", self.others)?;
        let sections = [
            (
                "refused",
                &self.refusals,
                self.articles.refused + self.others.refused,
            ),
            ("left out", &self.left_out_texts, self.left_out),
            ("unsure", &self.doubt_texts, self.doubts),
        ];
        for (title, texts, count) in sections {
            if count == 0 {
                continue;
            }
            writeln!(f, "{title}: {count}")?;
            for (place, text) in texts {
                writeln!(f, "  {}:{}: {text}", place.file, place.line)?;
            }
            if count > texts.len() as u64 {
                writeln!(f, "  … and {} more", count - texts.len() as u64)?;
            }
        }
        Ok(())
    }
}
