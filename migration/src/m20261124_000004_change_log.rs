//! The change log: one row per noticeable change, numbered without gaps in the order of commits.

use sea_orm_migration::prelude::*;

use crate::columns::{big, code, create, drop_all, id, index, optional_id, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![table(
                "change",
                vec![
                    big("number"),
                    big("at"),
                    code("kind"),
                    code("subject_kind"),
                    id("subject_id"),
                    optional_id("revision_id"),
                    optional_id("previous_revision_id"),
                ],
                &["number"],
            )],
        )
        .await?;
        index(manager, "change", &["subject_id", "number"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["change"]).await
    }
}
