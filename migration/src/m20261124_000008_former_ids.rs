//! Ids of authors, tags and sources that were merged into others, and where they lead now.

use sea_orm_migration::prelude::*;

use crate::columns::{big, code, create, drop_all, id, index, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![table(
                "former_id",
                vec![
                    id("former_id"),
                    code("subject_kind"),
                    id("subject_id"),
                    big("at"),
                ],
                &["former_id"],
            )],
        )
        .await?;
        index(manager, "former_id", &["subject_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["former_id"]).await
    }
}
