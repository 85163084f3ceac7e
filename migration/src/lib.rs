//! Dateline's database schema as frozen history.
//!
//! A migration that has been released is never edited; what comes later is a new one.
//! The server's code is never imported here, so an old migration keeps meaning what it meant.
//! Every moment is a `BIGINT` of microseconds since 1970-01-01T00:00:00Z, so that both databases order, compare and
//! print it alike.

pub use sea_orm_migration::prelude::*;

mod columns;
mod m20261124_000001_people_tags_and_sources;
mod m20261124_000002_articles_and_revisions;
mod m20261124_000003_published_projection;
mod m20261124_000004_change_log;
mod m20261124_000005_article_search;
mod m20261124_000006_accounts_and_tokens;
mod m20261124_000007_drafts_and_workflow;
mod m20261124_000008_former_ids;
mod m20261124_000009_token_holders_and_sign_in_places;

/// Runs the migrations in their order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_people_tags_and_sources::Migration),
            Box::new(m20261124_000002_articles_and_revisions::Migration),
            Box::new(m20261124_000003_published_projection::Migration),
            Box::new(m20261124_000004_change_log::Migration),
            Box::new(m20261124_000005_article_search::Migration),
            Box::new(m20261124_000006_accounts_and_tokens::Migration),
            Box::new(m20261124_000007_drafts_and_workflow::Migration),
            Box::new(m20261124_000008_former_ids::Migration),
            Box::new(m20261124_000009_token_holders_and_sign_in_places::Migration),
        ]
    }
}
