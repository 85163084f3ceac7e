//! Drafts beside what readers have: where each article stands, who saved each revision and why, what waits for its time
//! to be announced, and how often authors, tags and sources have changed.

use sea_orm_migration::prelude::*;

use crate::columns::{
    add, big, code, create, drop_all, drop_column, id, index, optional_big, optional_id,
    optional_text, table, text,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

const NOUNS: [&str; 3] = ["author", "tag", "source"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "article", code("stage").default(0)).await?;
        add(manager, "article", &mut optional_big("published_version")).await?;
        add(
            manager,
            "article",
            &mut optional_id("published_revision_id"),
        )
        .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE article SET published_version = version, published_revision_id = revision_id",
            )
            .await?;
        add(manager, "revision", code("act").default(0)).await?;
        add(manager, "revision", &mut optional_id("saved_by")).await?;
        add(manager, "revision", text("saved_by_name").default("")).await?;
        add(manager, "revision", &mut optional_text("comment")).await?;
        add(
            manager,
            "published_article",
            &mut optional_big("retracted_at"),
        )
        .await?;
        for noun in NOUNS {
            add(manager, noun, big("version").default(1)).await?;
        }
        create(
            manager,
            vec![
                table(
                    "draft",
                    vec![
                        id("article_id"),
                        code("stage"),
                        text("headline"),
                        big("saved_at"),
                        optional_id("saved_by"),
                    ],
                    &["article_id"],
                ),
                table(
                    "draft_link",
                    vec![id("subject_id"), id("article_id")],
                    &["subject_id", "article_id"],
                ),
                table(
                    "announcement",
                    vec![id("article_id"), big("at")],
                    &["article_id"],
                ),
            ],
        )
        .await?;
        index(manager, "draft", &["saved_at", "article_id"]).await?;
        index(manager, "draft", &["stage", "saved_at", "article_id"]).await?;
        index(manager, "draft_link", &["article_id"]).await?;
        index(manager, "announcement", &["at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["announcement", "draft_link", "draft"]).await?;
        for noun in NOUNS {
            drop_column(manager, noun, "version").await?;
        }
        for (table, columns) in [
            ("published_article", &["retracted_at"][..]),
            ("revision", &["act", "saved_by", "saved_by_name", "comment"]),
            (
                "article",
                &["stage", "published_version", "published_revision_id"],
            ),
        ] {
            for column in columns {
                drop_column(manager, table, column).await?;
            }
        }
        Ok(())
    }
}
