//! The site: what publication this is.

pub mod entity;
pub mod graphql;

use sea_orm::{
    ConnectionTrait, DbErr, FromQueryResult,
    sea_query::{Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Acting, Outcome,
    author::Link,
    noun::{json, list},
};
use crate::{
    editorial::moment::Moment,
    events::{ChangeKind, News, SubjectKind, Turn},
    platform::bulk::{Is, Rows, Target},
};

/// The site as a dump carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteDocument {
    /// What the publication is called.
    pub name: String,
    /// Where readers find it.
    pub url: String,
    /// BCP 47 tag of the language it mostly writes in.
    pub language: String,
    /// What it is, in a sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The copyright line of articles that state none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
    /// Caveats that apply to everything published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclaimers: Vec<String>,
    /// Where its rules are published: corrections, ethics, AI.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Link>,
    /// When it last changed.
    pub updated_at: Moment,
}

impl Default for SiteDocument {
    fn default() -> Self {
        Self {
            name: "Untitled site".to_owned(),
            url: "http://localhost:8080".to_owned(),
            language: "en".to_owned(),
            description: None,
            copyright: None,
            disclaimers: Vec::new(),
            policies: Vec::new(),
            updated_at: Moment(0),
        }
    }
}

const SITE: Target = Target {
    table: "site",
    columns: &[
        ("id", Is::Code),
        ("name", Is::Text),
        ("url", Is::Text),
        ("language", Is::Text),
        ("description", Is::OptionalText),
        ("copyright", Is::OptionalText),
        ("disclaimers", Is::Text),
        ("policies", Is::Text),
        ("updated_at", Is::Big),
    ],
    suffix: "ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, language = excluded.language, \
             description = excluded.description, copyright = excluded.copyright, \
             disclaimers = excluded.disclaimers, policies = excluded.policies, updated_at = excluded.updated_at",
};

/// The one site there is.
const ONLY: i16 = 1;

/// Reads the site, or none while nobody has described it.
///
/// # Errors
/// When the database does not answer.
pub async fn read(db: &impl ConnectionTrait) -> Result<Option<SiteDocument>, DbErr> {
    let row = db.query_one(&select()).await?;
    row.map(|row| entity::Model::from_query_result(&row, "").map(SiteDocument::from))
        .transpose()
}

/// A statement that selects the site.
#[must_use]
pub fn select() -> SelectStatement {
    let mut statement = Query::select();
    statement.from("site");
    for (column, _) in SITE.columns {
        statement.column(*column);
    }
    statement
}

impl From<entity::Model> for SiteDocument {
    fn from(row: entity::Model) -> Self {
        Self {
            name: row.name,
            url: row.url,
            language: row.language,
            description: row.description,
            copyright: row.copyright,
            disclaimers: list(&row.disclaimers),
            policies: list(&row.policies),
            updated_at: Moment(row.updated_at),
        }
    }
}

/// What `save` would do, without writing anything.
///
/// # Errors
/// When the database does not answer.
pub async fn rehearse(acting: &Acting, site: &SiteDocument) -> Result<Outcome, DbErr> {
    let snapshot = acting.db.snapshot().await?;
    let before = read(&snapshot).await?;
    snapshot.rollback().await?;
    Ok(match before {
        Some(before) if before == *site => Outcome::Unchanged,
        Some(_) => Outcome::Updated,
        None => Outcome::Created,
    })
}

/// Describes the site.
///
/// # Errors
/// When the database fails; then nothing was written.
pub async fn save(acting: &Acting, site: &SiteDocument) -> Result<Outcome, DbErr> {
    let transaction = acting.db.begin().await?;
    let mut turn = Turn::take(&transaction).await?;
    let before = read(&transaction).await?;
    if before.as_ref() == Some(site) {
        transaction.rollback().await?;
        return Ok(Outcome::Unchanged);
    }
    let mut rows = Rows::into(&SITE);
    rows.push([
        ONLY.into(),
        site.name.as_str().into(),
        site.url.as_str().into(),
        site.language.as_str().into(),
        site.description.clone().unwrap_or_default().into(),
        site.copyright.clone().unwrap_or_default().into(),
        json(&site.disclaimers).into(),
        json(&site.policies).into(),
        site.updated_at.0.into(),
    ]);
    rows.send(&transaction).await?;
    let kind = if before.is_some() {
        ChangeKind::Updated
    } else {
        ChangeKind::Published
    };
    let news = News {
        kind,
        subject_kind: SubjectKind::Site,
        subject: Uuid::nil(),
        revision: None,
        previous_revision: None,
    };
    turn.record(&transaction, acting.now, [news]).await?;
    transaction.commit().await?;
    Ok(if before.is_some() {
        Outcome::Updated
    } else {
        Outcome::Created
    })
}
