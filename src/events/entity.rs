//! The table of the change log.

use sea_orm::entity::prelude::*;

/// A row of the change log.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub at: i64,
    pub kind: i16,
    pub subject_kind: i16,
    pub subject_id: Uuid,
    pub revision_id: Option<Uuid>,
    pub previous_revision_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
