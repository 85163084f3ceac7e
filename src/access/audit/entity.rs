//! The table of the audit log.

use sea_orm::entity::prelude::*;

use super::Subject;
use crate::editorial::identity::{AccountId, ArticleId, AuthorId, SourceId, TagId, TokenId};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: i64,
    pub act: String,
    pub subject_kind: i16,
    pub subject_id: Uuid,
    pub version: Option<i64>,
    pub account_id: Option<Uuid>,
    pub token_id: Option<Uuid>,
    pub actor: String,
    pub address: Option<String>,
    pub request: Option<String>,
    pub reason: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Model {
    /// The id of what the act was about, as clients know it.
    #[must_use]
    pub fn subject(&self) -> String {
        let id = self.subject_id;
        match Subject::of_code(self.subject_kind) {
            Some(Subject::Article) => ArticleId(id).to_string(),
            Some(Subject::Author) => AuthorId(id).to_string(),
            Some(Subject::Tag) => TagId(id).to_string(),
            Some(Subject::Source) => SourceId(id).to_string(),
            Some(Subject::Account) => AccountId(id).to_string(),
            Some(Subject::ApiToken) => TokenId(id).to_string(),
            None => id.to_string(),
        }
    }
}

impl ActiveModelBehavior for ActiveModel {}
