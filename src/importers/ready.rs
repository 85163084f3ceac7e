//! The lines of a dump, made ready for their commands: everything that needs only the processor is done here.

use super::{
    dump::{self, Record},
    imported::Place,
    nul,
    report::ImportError,
};
use crate::content::{
    article::{
        commands::{History, Submission, Withdrawal},
        prepared::{Prepared, pack},
    },
    author, site, source, tag,
};

/// A record with everything done that needs only the processor.
pub(super) enum Ready {
    Site(site::SiteDocument),
    Author(author::AuthorDocument),
    Tag(tag::TagDocument),
    Source(source::SourceDocument),
    Article(Box<Submission>),
    Revision(uuid::Uuid, History, Vec<u8>),
    Withdrawal(Withdrawal),
    Header(u32),
}

impl Ready {
    pub(super) fn kind(&self) -> Option<u8> {
        match self {
            Self::Author(_) => Some(0),
            Self::Tag(_) => Some(1),
            Self::Source(_) => Some(2),
            Self::Article(_) | Self::Revision(..) => Some(3),
            Self::Withdrawal(_) => Some(4),
            Self::Site(_) | Self::Header(_) => None,
        }
    }
}

pub(super) fn prepare(
    file: &str,
    lines: Vec<(u32, String)>,
) -> Vec<(Place, Result<Ready, String>)> {
    lines
        .into_iter()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            (
                Place {
                    file: file.to_owned(),
                    line: number,
                },
                ready(&line),
            )
        })
        .collect()
}

fn ready(line: &str) -> Result<Ready, String> {
    // Only a line with this in it is worth reading twice.
    if line.contains("\\u0000") && serde_json::from_str(line).is_ok_and(|value| nul::is_in(&value))
    {
        return Err(nul::REASON.to_owned());
    }
    Ok(match dump::read_line(line)? {
        Record::Dateline(version) => Ready::Header(version),
        Record::Site(site) => Ready::Site(site),
        Record::Author(author) => Ready::Author(author),
        Record::Tag(tag) => Ready::Tag(tag),
        Record::Source(source) => Ready::Source(source),
        Record::Article(record) => Ready::Article(Box::new(Submission {
            history: Some(History {
                version: record.version,
                revision: record.revision,
                created_at: record.created_at,
                saved_at: record.saved_at,
            }),
            origin: record.origin,
            article: Prepared::of(record.document).map_err(|error| error.to_string())?,
        })),
        Record::Revision(record) => {
            let history = History {
                version: record.version,
                revision: record.revision,
                created_at: record.saved_at,
                saved_at: record.saved_at,
            };
            let packed = pack(&record.document).map_err(|error| error.to_string())?;
            Ready::Revision(record.document.id.0, history, packed)
        }
        Record::Withdrawal(record) => Ready::Withdrawal(Withdrawal {
            article: record.article.0,
            paths: record.paths,
            at: record.withdrawn_at,
            version: record.version,
            revision: record.revision.0,
            origin: record.origin,
            created_at: record.created_at,
        }),
    })
}

pub(super) fn expect_header(
    file: &str,
    first: Option<&Result<Ready, String>>,
) -> Result<(), ImportError> {
    let reason = match first {
        Some(Ok(Ready::Header(version))) if *version <= dump::VERSION => return Ok(()),
        Some(Ok(Ready::Header(version))) => format!(
            "the dump has version {version}; this Dateline reads up to {}, so upgrade it first",
            dump::VERSION
        ),
        Some(_) => "the first line does not name the format; a dump begins with {\"type\":\"dateline\",\"version\":1}".to_owned(),
        None => "the file is empty; a dump has at least its first line".to_owned(),
    };
    Err(ImportError::NoDump {
        file: file.to_owned(),
        reason,
    })
}
