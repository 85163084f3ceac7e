//! The change log: what readers or partners could notice, in the order in which it was committed.
//!
//! A command takes its turn, writes, and records, all in one transaction; it never calls whoever is interested.
//! Followers read `after` a number. Numbers have no gaps and are committed in their order, so a follower that has seen
//! number n has seen all below it and will see all above it.

pub mod entity;
mod store;

pub use store::{Turn, after, last_number, last_number_in};

use uuid::Uuid;

use crate::editorial::moment::Moment;

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the order of commits, counted from 1.
    pub number: i64,
    /// When the command ran.
    pub at: Moment,
    /// What happened.
    pub news: News,
}

/// What happened to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What happened.
    pub kind: ChangeKind,
    /// What sort of thing it happened to.
    pub subject_kind: SubjectKind,
    /// Which one; the nil UUID for the site.
    pub subject: Uuid,
    /// The revision that readers see from now on, for an article that stays.
    pub revision: Option<Uuid>,
    /// The revision that readers saw before.
    pub previous_revision: Option<Uuid>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// An article is published for the first time, or comes back; another noun appears.
    Published,
    /// A published thing reads differently.
    Updated,
    /// An article is gone, and must be taken down wherever it was copied.
    Withdrawn,
    /// A published article reads differently, and a notice tells readers what was wrong.
    Corrected,
    /// An article's body is taken back; what is left is its notice.
    Retracted,
    /// An author, tag or source has become part of another one, to which its id and its slugs lead.
    Merged,
    /// What readers will have of an article at a later time is another, or nothing. Nobody can notice it yet; it is here for
    /// those who keep answers and must know what the clock will show.
    Scheduled,
}

impl ChangeKind {
    const CODES: [(Self, i16); 7] = [
        (Self::Published, 1),
        (Self::Updated, 2),
        (Self::Withdrawn, 3),
        (Self::Corrected, 4),
        (Self::Retracted, 5),
        (Self::Merged, 6),
        (Self::Scheduled, 7),
    ];

    fn code(self) -> i16 {
        Self::CODES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, code)| *code)
    }

    fn of_code(code: i16) -> Option<Self> {
        Self::CODES
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(kind, _)| *kind)
    }
}

/// What sort of thing a change is about; also the code of its kind wherever the database names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// An article.
    Article,
    /// An author.
    Author,
    /// A tag.
    Tag,
    /// A source.
    Source,
    /// The site itself.
    Site,
}

impl SubjectKind {
    const CODES: [(Self, i16); 5] = [
        (Self::Article, 1),
        (Self::Author, 2),
        (Self::Tag, 3),
        (Self::Source, 4),
        (Self::Site, 5),
    ];

    /// The number that stands for it in the database.
    #[must_use]
    pub fn code(self) -> i16 {
        Self::CODES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, code)| *code)
    }

    fn of_code(code: i16) -> Option<Self> {
        Self::CODES
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(kind, _)| *kind)
    }
}
