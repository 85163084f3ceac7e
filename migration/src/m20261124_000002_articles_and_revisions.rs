//! Identities of articles, their immutable revisions, and every path that ever led to one.

use sea_orm_migration::prelude::*;

use crate::columns::{
    big, bytes, create, drop_all, id, index, optional_big, optional_text, table, text, unique,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![
                table(
                    "article",
                    vec![
                        id("id"),
                        optional_text("origin"),
                        big("version"),
                        id("revision_id"),
                        big("content_hash"),
                        big("created_at"),
                        optional_big("withdrawn_at"),
                    ],
                    &["id"],
                ),
                table(
                    "revision",
                    vec![
                        id("article_id"),
                        big("version"),
                        id("id"),
                        big("saved_at"),
                        bytes("document"),
                    ],
                    &["article_id", "version"],
                ),
                table("path", vec![text("path"), id("article_id")], &["path"]),
            ],
        )
        .await?;
        unique(manager, "article", &["origin"]).await?;
        index(manager, "path", &["article_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["path", "revision", "article"]).await
    }
}
