//! The audit log: who did what, by which token, from where, and what it was before and after.
//!
//! An entry is written in the transaction of its act, so there is none without the other.

pub mod entity;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{Acting, act::Act};
use crate::platform::{
    bulk::{Is, NO_NUMBER, Rows, Target},
    db::Db,
};

const AUDIT: Target = Target {
    table: "audit",
    columns: &[
        ("id", Is::Id),
        ("at", Is::Big),
        ("act", Is::Text),
        ("subject_kind", Is::Code),
        ("subject_id", Is::Id),
        ("version", Is::OptionalBig),
        ("account_id", Is::OptionalId),
        ("token_id", Is::OptionalId),
        ("actor", Is::Text),
        ("address", Is::OptionalText),
        ("request", Is::OptionalText),
        ("reason", Is::OptionalText),
        ("before", Is::OptionalText),
        ("after", Is::OptionalText),
    ],
    suffix: "",
};

/// What an act is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "AuditSubjectKind")]
pub enum Subject {
    /// An article.
    Article,
    /// An author.
    Author,
    /// A tag.
    Tag,
    /// A source.
    Source,
    /// An account of the staff.
    Account,
    /// An API token.
    ApiToken,
}

impl Subject {
    const CODES: [(Self, i16); 6] = [
        (Self::Article, 1),
        (Self::Author, 2),
        (Self::Tag, 3),
        (Self::Source, 4),
        (Self::Account, 6),
        (Self::ApiToken, 7),
    ];

    /// The number that stands for it in the database.
    #[must_use]
    pub fn code(self) -> i16 {
        Self::CODES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or(0, |(_, code)| *code)
    }

    /// The subject of a code.
    #[must_use]
    pub fn of_code(code: i16) -> Option<Self> {
        Self::CODES
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(kind, _)| *kind)
    }
}

/// What is put on record of an act.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What was done.
    pub act: Act,
    /// To what sort of thing.
    pub subject_kind: Subject,
    /// To which one.
    pub subject: Uuid,
    /// Its version afterwards, if it has one.
    pub version: Option<i64>,
    /// Why, as whoever did it said.
    pub reason: Option<String>,
    /// What it was before, as JSON without secrets.
    pub before: Option<String>,
    /// What it is now, as JSON without secrets.
    pub after: Option<String>,
}

/// Puts an act on record.
///
/// # Errors
/// When the database refuses.
pub async fn note(db: &impl ConnectionTrait, acting: &Acting, entry: Entry) -> Result<(), DbErr> {
    let who = &acting.who;
    let mut rows = Rows::into(&AUDIT);
    rows.push([
        Uuid::now_v7().into(),
        acting.now.0.into(),
        entry.act.name().into(),
        entry.subject_kind.code().into(),
        entry.subject.into(),
        entry.version.unwrap_or(NO_NUMBER).into(),
        who.account.map_or(Uuid::nil(), |id| id.0).into(),
        who.token.map_or(Uuid::nil(), |id| id.0).into(),
        who.name.as_str().into(),
        who.address
            .map(|address| address.to_string())
            .unwrap_or_default()
            .into(),
        who.request.clone().unwrap_or_default().into(),
        entry.reason.unwrap_or_default().into(),
        entry.before.unwrap_or_default().into(),
        entry.after.unwrap_or_default().into(),
    ]);
    rows.send(db).await
}

/// Which entries to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only those older than this entry.
    pub before: Option<Uuid>,
    /// Only those about this.
    pub subject: Option<Uuid>,
    /// Only those of this account.
    pub account: Option<Uuid>,
    /// Only those of this API token.
    pub token: Option<Uuid>,
    /// How many at most.
    pub most: u32,
}

/// The entries that are wanted, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn entries(db: &Db, wanted: Wanted) -> Result<Vec<entity::Model>, DbErr> {
    let conditions = [
        ("id <", wanted.before),
        ("subject_id =", wanted.subject),
        ("account_id =", wanted.account),
        ("token_id =", wanted.token),
    ];
    let mut text = "SELECT * FROM audit WHERE 1 = 1".to_owned();
    let mut values: Vec<Value> = Vec::new();
    for (condition, id) in conditions {
        if let Some(id) = id {
            text.extend([" AND ", condition, " ?"]);
            values.push(id.into());
        }
    }
    text.push_str(" ORDER BY id DESC LIMIT ?");
    values.push(i64::from(wanted.most).into());
    let rows = db.rows(&text, values).await?;
    rows.iter()
        .map(|row| entity::Model::from_query_result(row, ""))
        .collect()
}
