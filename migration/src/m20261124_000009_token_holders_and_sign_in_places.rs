//! Who answers for an API token, from where an account has signed in before, how much a session is used, and the indexes
//! by which everything that has had its time is found.

use sea_orm_migration::prelude::*;

use crate::columns::{
    add, big, create, drop_all, drop_column, index, optional_big, optional_id, table, text,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Everything here that is found by its age.
const BY_AGE: [(&str, &str); 4] = [
    ("session", "expires_at"),
    ("session", "revoked_at"),
    ("sign_in_throttle", "failed_at"),
    ("sign_in_place", "seen_at"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "api_token", &mut optional_id("held_by")).await?;
        add(manager, "api_token", &mut optional_id("previous_held_by")).await?;
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE api_token SET held_by = created_by, previous_held_by = created_by",
            )
            .await?;
        add(manager, "session", &mut optional_big("last_seen_at")).await?;
        add(manager, "session", big("exchanges").default(0)).await?;
        create(
            manager,
            vec![table(
                "sign_in_place",
                vec![text("name"), big("seen_at")],
                &["name"],
            )],
        )
        .await?;
        for (table, column) in BY_AGE {
            index(manager, table, &[column]).await?;
        }
        index(manager, "account", &["created_at", "id"]).await?;
        index(manager, "api_token", &["created_at", "id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name) in [
            ("api_token", "api_token_by_created_at_id"),
            ("account", "account_by_created_at_id"),
            ("session", "session_by_expires_at"),
            ("session", "session_by_revoked_at"),
            ("sign_in_throttle", "sign_in_throttle_by_failed_at"),
        ] {
            manager
                .drop_index(Index::drop().name(name).table(Alias::new(table)).to_owned())
                .await?;
        }
        drop_all(manager, &["sign_in_place"]).await?;
        for (table, column) in [
            ("session", "exchanges"),
            ("session", "last_seen_at"),
            ("api_token", "previous_held_by"),
            ("api_token", "held_by"),
        ] {
            drop_column(manager, table, column).await?;
        }
        Ok(())
    }
}
