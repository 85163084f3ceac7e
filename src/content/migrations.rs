//! Runs the migrations, one process at a time.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionTrait};

use crate::platform::db::Db;

/// The key of PostgreSQL's advisory lock on migrations: "migrate!" in ASCII.
const LOCK: i64 = 0x6d69_6772_6174_6521;

/// Runs every migration that has not run.
///
/// # Errors
/// When a migration fails; on PostgreSQL then none of them ran.
pub async fn up(db: &Db) -> Result<(), DbErr> {
    if db.backend() == DbBackend::Postgres {
        // Instances that start together wait for each other here.
        let transaction = db.maintenance().begin().await?;
        transaction
            .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
        Migrator::up(&transaction, None).await?;
        return transaction.commit().await;
    }
    if Migrator::get_pending_migrations(db.maintenance())
        .await?
        .is_empty()
    {
        return Ok(());
    }
    // The writer is one connection; a second process waits until this one has finished.
    let transaction = db.begin().await?;
    Migrator::up(&transaction, None).await?;
    transaction.commit().await
}

/// Takes the newest migrations back.
///
/// # Errors
/// When a migration cannot be taken back.
pub async fn down(db: &Db, steps: u32) -> Result<(), DbErr> {
    Migrator::down(db.maintenance(), Some(steps)).await
}

/// Every migration in order, and whether it has run.
///
/// # Errors
/// When the database does not answer.
pub async fn status(db: &Db) -> Result<Vec<(String, bool)>, DbErr> {
    let applied: Vec<String> = Migrator::get_applied_migrations(db.maintenance())
        .await?
        .iter()
        .map(|m| m.name().to_owned())
        .collect();
    Ok(Migrator::migrations()
        .iter()
        .map(|m| {
            (
                m.name().to_owned(),
                applied.iter().any(|name| name == m.name()),
            )
        })
        .collect())
}
