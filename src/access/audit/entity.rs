//! The table of the audit log.

use sea_orm::entity::prelude::*;

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

impl ActiveModelBehavior for ActiveModel {}
