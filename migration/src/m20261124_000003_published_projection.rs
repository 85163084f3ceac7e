//! The published projection: the only tables from which a public article is made.
//!
//! `published_article` holds narrow list rows, `published_detail` what an article page adds, `citation` its sources.
//! The three feeds carry the order key, so "latest articles of this author, tag or source" is one walk of one index.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::columns::{
    big, bytes, code, create, drop_all, flag, id, index, int, optional_id, optional_text,
    ordered_text, table, table_as_tree, text, unique,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The order keys of the list of all articles.
const ORDERS: [&str; 4] = [
    "published_at",
    "updated_at",
    "first_published_at",
    "title_key",
];

const FEEDS: [(&str, &str); 3] = [
    ("author_feed", "author_id"),
    ("tag_feed", "tag_id"),
    ("source_feed", "source_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut tables = vec![
            table(
                "published_article",
                vec![
                    id("id"),
                    big("number"),
                    big("published_at"),
                    big("updated_at"),
                    big("first_published_at"),
                    big("version"),
                    int("word_count"),
                    code("kind"),
                    flag("syndicable"),
                    text("language"),
                    text("slug"),
                    text("path"),
                    text("headline"),
                    ordered_text(manager, "title_key"),
                    optional_text("standfirst"),
                    optional_text("byline_text"),
                    bytes("author_ids"),
                    bytes("author_roles"),
                    bytes("tag_ids"),
                    bytes("source_ids"),
                    optional_text("hero"),
                ],
                &["id"],
            ),
            table(
                "published_detail",
                vec![
                    id("article_id"),
                    optional_text("dateline"),
                    text("former_paths"),
                    text("notices"),
                    text("rights"),
                    text("markdown"),
                    text("html"),
                ],
                &["article_id"],
            ),
            table_as_tree(
                manager,
                "citation",
                vec![
                    id("article_id"),
                    int("position"),
                    id("id"),
                    optional_id("source_id"),
                    optional_id("via_id"),
                    big("published_at"),
                    code("role"),
                    code("link_health"),
                    optional_text("url"),
                    optional_text("domain"),
                    optional_text("title"),
                    optional_text("block"),
                    optional_text("quote"),
                    optional_text("prefix"),
                    optional_text("suffix"),
                    optional_text("speaker"),
                    optional_text("speaker_as_printed"),
                    optional_text("verb"),
                    optional_text("snapshot_url"),
                ],
                &["article_id", "position"],
            ),
        ];
        for (feed, facet) in FEEDS {
            tables.push(table_as_tree(
                manager,
                feed,
                vec![id(facet), big("published_at"), id("article_id")],
                &[facet, "published_at", "article_id"],
            ));
        }
        create(manager, tables).await?;
        unique(manager, "published_article", &["number"]).await?;
        unique(manager, "published_article", &["slug"]).await?;
        for order in ORDERS {
            index(manager, "published_article", &[order, "id"]).await?;
        }
        index(
            manager,
            "published_article",
            &["kind", "published_at", "id"],
        )
        .await?;
        index(
            manager,
            "published_article",
            &["language", "published_at", "id"],
        )
        .await?;
        unique(manager, "citation", &["id"]).await?;
        index(manager, "citation", &["source_id", "published_at", "id"]).await?;
        index(
            manager,
            "citation",
            &["domain", "published_at", "article_id"],
        )
        .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // PostgreSQL's own compression of long texts costs more time than writing them.
            for (table, column) in [
                ("published_detail", "markdown"),
                ("published_detail", "html"),
                ("revision", "document"),
            ] {
                manager
                    .get_connection()
                    .execute_unprepared(&format!(
                        "ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL"
                    ))
                    .await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &[
                "source_feed",
                "tag_feed",
                "author_feed",
                "citation",
                "published_detail",
                "published_article",
            ],
        )
        .await
    }
}
