//! The full-text index over published articles.
//!
//! Both databases index the same terms, made by the server: FTS5 splits them at blanks, PostgreSQL takes them as they
//! are. Neither keeps the text itself.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::columns::{big, create, drop_all, table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            manager
                .get_connection()
                .execute_unprepared(
                    "CREATE VIRTUAL TABLE article_search USING fts5(\
                     terms, content='', contentless_delete=1, tokenize='ascii')",
                )
                .await?;
            return Ok(());
        }
        let mut terms = ColumnDef::new("terms");
        terms.custom(Alias::new("tsvector")).not_null();
        create(
            manager,
            vec![table(
                "article_search",
                vec![big("number"), terms],
                &["number"],
            )],
        )
        .await?;
        for statement in [
            "ALTER TABLE article_search ALTER COLUMN terms SET STORAGE EXTERNAL",
            "CREATE INDEX article_search_by_terms ON article_search USING gin (terms)",
        ] {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["article_search"]).await
    }
}
