//! The table of sources.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    /// Orders by name.
    pub sort_key: String,
    pub kind: i16,
    pub parent_id: Option<Uuid>,
    pub note: Option<String>,
    /// JSON list of domains.
    pub domains: String,
    pub updated_at: i64,
    /// Counts its changes.
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
