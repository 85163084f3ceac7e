//! The site, and the nouns that articles point to: authors, tags and sources, with their former slugs.

use sea_orm_migration::prelude::*;

use crate::columns::{
    big, code, create, drop_all, id, index, optional_id, optional_text, ordered_text, table, text,
    unique,
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
                    "site",
                    vec![
                        code("id"),
                        text("name"),
                        text("url"),
                        text("language"),
                        optional_text("description"),
                        optional_text("copyright"),
                        text("disclaimers"),
                        text("policies"),
                        big("updated_at"),
                    ],
                    &["id"],
                ),
                table(
                    "author",
                    vec![
                        id("id"),
                        text("slug"),
                        text("name"),
                        ordered_text(manager, "sort_key"),
                        optional_text("bio"),
                        text("links"),
                        big("updated_at"),
                    ],
                    &["id"],
                ),
                table(
                    "tag",
                    vec![
                        id("id"),
                        text("slug"),
                        text("name"),
                        ordered_text(manager, "sort_key"),
                        code("tag_type"),
                        optional_text("description"),
                        text("external_ids"),
                        text("aliases"),
                        big("updated_at"),
                    ],
                    &["id"],
                ),
                table(
                    "source",
                    vec![
                        id("id"),
                        text("slug"),
                        text("name"),
                        ordered_text(manager, "sort_key"),
                        code("kind"),
                        optional_id("parent_id"),
                        optional_text("note"),
                        text("domains"),
                        big("updated_at"),
                    ],
                    &["id"],
                ),
                table(
                    "source_domain",
                    vec![text("domain"), id("source_id")],
                    &["domain"],
                ),
                table(
                    "former_slug",
                    vec![code("subject_kind"), text("slug"), id("subject_id")],
                    &["subject_kind", "slug"],
                ),
                table(
                    "tally",
                    vec![id("facet_id"), big("articles")],
                    &["facet_id"],
                ),
            ],
        )
        .await?;
        for noun in ["author", "tag", "source"] {
            unique(manager, noun, &["slug"]).await?;
            index(manager, noun, &["sort_key", "id"]).await?;
        }
        index(manager, "source", &["kind", "sort_key", "id"]).await?;
        index(manager, "source", &["parent_id"]).await?;
        index(manager, "source_domain", &["source_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &[
                "tally",
                "former_slug",
                "source_domain",
                "source",
                "tag",
                "author",
                "site",
            ],
        )
        .await
    }
}
