//! The table of tags.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tag")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    /// Orders by name.
    pub sort_key: String,
    pub tag_type: i16,
    pub description: Option<String>,
    /// JSON list of ids elsewhere.
    pub external_ids: String,
    /// JSON list of other names.
    pub aliases: String,
    pub updated_at: i64,
    /// Counts its changes.
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
