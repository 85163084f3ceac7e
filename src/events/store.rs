//! The rows of the change log.
#![expect(
    clippy::disallowed_methods,
    reason = "the change log is read whole; who may see what is decided by its readers"
)]

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement,
};
use uuid::Uuid;

use super::{Change, ChangeKind, News, SubjectKind, entity};
use crate::{
    editorial::moment::Moment,
    platform::{
        bulk::{Is, Rows, Target},
        db::Db,
    },
};

/// The key of PostgreSQL's advisory lock on the log: "dateline" in ASCII.
const LOCK: i64 = 0x6461_7465_6c69_6e65;

const CHANGE: Target = Target {
    table: "change",
    columns: &[
        ("number", Is::Big),
        ("at", Is::Big),
        ("kind", Is::Code),
        ("subject_kind", Is::Code),
        ("subject_id", Is::Id),
        ("revision_id", Is::OptionalId),
        ("previous_revision_id", Is::OptionalId),
    ],
    suffix: "",
};

/// The right to append to the log, held until the transaction ends.
///
/// Whoever writes what readers notice takes its turn first. On PostgreSQL that is an advisory lock held to the commit
/// (a sequence would hand out numbers that commit in another order); on SQLite the only writer has it already.
#[derive(Debug)]
pub struct Turn {
    last: i64,
}

impl Turn {
    /// Waits until nobody else may append.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(transaction: &DatabaseTransaction) -> Result<Self, DbErr> {
        let backend = transaction.get_database_backend();
        if backend == DbBackend::Postgres {
            let lock = Statement::from_sql_and_values(
                backend,
                "SELECT pg_advisory_xact_lock($1)",
                [LOCK.into()],
            );
            transaction.execute_raw(lock).await?;
        }
        let last = last_number_in(transaction).await?;
        Ok(Self { last })
    }

    /// Appends entries in their order and returns the number of the last.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record(
        &mut self,
        transaction: &DatabaseTransaction,
        at: Moment,
        news: impl IntoIterator<Item = News>,
    ) -> Result<i64, DbErr> {
        let mut rows = Rows::into(&CHANGE);
        for item in news {
            self.last += 1;
            rows.push([
                self.last.into(),
                at.0.into(),
                item.kind.code().into(),
                item.subject_kind.code().into(),
                item.subject.into(),
                item.revision.unwrap_or(Uuid::nil()).into(),
                item.previous_revision.unwrap_or(Uuid::nil()).into(),
            ]);
        }
        rows.send(transaction).await?;
        Ok(self.last)
    }
}

/// Entries above a number, in order, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn after(db: &Db, number: i64, limit: u64) -> Result<Vec<Change>, DbErr> {
    let rows: Vec<entity::Model> = db
        .all(
            entity::Entity::find()
                .filter(entity::Column::Number.gt(number))
                .order_by_asc(entity::Column::Number)
                .limit(limit)
                .as_query(),
        )
        .await?;
    rows.iter().map(change_of).collect()
}

/// The number of the newest entry, 0 while there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn last_number(db: &Db) -> Result<i64, DbErr> {
    let newest: Option<entity::Model> = db
        .one(
            entity::Entity::find()
                .order_by_desc(entity::Column::Number)
                .limit(1)
                .as_query(),
        )
        .await?;
    Ok(newest.map_or(0, |row| row.number))
}

/// The number of the newest entry that a transaction sees, 0 while there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn last_number_in(transaction: &DatabaseTransaction) -> Result<i64, DbErr> {
    let newest = entity::Entity::find()
        .order_by_desc(entity::Column::Number)
        .limit(1)
        .one(transaction)
        .await?;
    Ok(newest.map_or(0, |row| row.number))
}

fn change_of(row: &entity::Model) -> Result<Change, DbErr> {
    let unknown = |what: &str, code: i16| {
        DbErr::Custom(format!(
            "change {} has the unknown {what} {code}",
            row.number
        ))
    };
    Ok(Change {
        number: row.number,
        at: Moment(row.at),
        news: News {
            kind: ChangeKind::of_code(row.kind).ok_or_else(|| unknown("kind", row.kind))?,
            subject_kind: SubjectKind::of_code(row.subject_kind)
                .ok_or_else(|| unknown("subject kind", row.subject_kind))?,
            subject: row.subject_id,
            revision: row.revision_id,
            previous_revision: row.previous_revision_id,
        },
    })
}
