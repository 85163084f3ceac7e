//! The table of the site, which has one row.

use sea_orm::entity::prelude::*;

/// The row.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "site")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub name: String,
    pub url: String,
    pub language: String,
    pub description: Option<String>,
    pub copyright: Option<String>,
    pub disclaimers: String,
    pub policies: String,
    pub updated_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
