//! The staff, their signed-in devices, the tokens of programs, and what every act leaves behind: its entry in the audit
//! log and, for those who ask with a key, its answer.

use sea_orm_migration::prelude::*;

use crate::columns::{
    big, bytes, code, create, drop_all, id, index, int, optional_big, optional_bytes, optional_id,
    optional_text, table, text, unique,
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
                    "account",
                    vec![
                        id("id"),
                        text("name"),
                        text("email"),
                        // The address in lower case for those who sign in with a password.
                        optional_text("login"),
                        // Issuer and subject for those who sign in elsewhere.
                        optional_text("identity"),
                        code("role"),
                        optional_text("password_hash"),
                        optional_id("author_id"),
                        big("version"),
                        big("created_at"),
                        optional_big("disabled_at"),
                        optional_big("last_sign_in_at"),
                    ],
                    &["id"],
                ),
                table(
                    "session",
                    vec![
                        id("id"),
                        id("account_id"),
                        big("created_at"),
                        big("expires_at"),
                        optional_big("revoked_at"),
                        optional_text("address"),
                        optional_text("user_agent"),
                    ],
                    &["id"],
                ),
                table(
                    "refresh_token",
                    vec![bytes("hash"), id("session_id"), optional_big("used_at")],
                    &["hash"],
                ),
                table(
                    "api_token",
                    vec![
                        id("id"),
                        text("name"),
                        text("hint"),
                        bytes("hash"),
                        optional_bytes("previous_hash"),
                        optional_big("previous_until"),
                        text("scopes"),
                        optional_id("created_by"),
                        big("version"),
                        big("created_at"),
                        optional_big("expires_at"),
                        optional_big("last_used_at"),
                        optional_big("revoked_at"),
                    ],
                    &["id"],
                ),
                table(
                    "sign_in_throttle",
                    vec![text("name"), int("failures"), big("failed_at")],
                    &["name"],
                ),
                table(
                    "idempotency",
                    vec![
                        id("actor_id"),
                        text("key"),
                        text("act"),
                        big("input_hash"),
                        text("answer"),
                        big("at"),
                    ],
                    &["actor_id", "key"],
                ),
                table(
                    "audit",
                    vec![
                        id("id"),
                        big("at"),
                        text("act"),
                        code("subject_kind"),
                        id("subject_id"),
                        optional_big("version"),
                        optional_id("account_id"),
                        optional_id("token_id"),
                        text("actor"),
                        optional_text("address"),
                        optional_text("request"),
                        optional_text("reason"),
                        optional_text("before"),
                        optional_text("after"),
                    ],
                    &["id"],
                ),
            ],
        )
        .await?;
        unique(manager, "account", &["login"]).await?;
        unique(manager, "account", &["identity"]).await?;
        index(manager, "session", &["account_id"]).await?;
        index(manager, "refresh_token", &["session_id"]).await?;
        unique(manager, "api_token", &["hash"]).await?;
        index(manager, "api_token", &["previous_hash"]).await?;
        index(manager, "idempotency", &["at"]).await?;
        index(manager, "audit", &["subject_id", "id"]).await?;
        index(manager, "audit", &["account_id", "id"]).await?;
        index(manager, "audit", &["token_id", "id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &[
                "audit",
                "idempotency",
                "sign_in_throttle",
                "api_token",
                "refresh_token",
                "session",
                "account",
            ],
        )
        .await
    }
}
