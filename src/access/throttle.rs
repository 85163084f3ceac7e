//! Attempts to sign in, counted in the database before the password is looked at, so that the count holds for every
//! instance and nobody gains by asking many of them at once.

use sea_orm::{ConnectionTrait, DbErr};

use super::{
    Acting,
    refusal::{Code, Denied, Refusal},
    secret,
};
use crate::{
    editorial::moment::Moment,
    platform::{db::Db, sql::sql},
};

/// How long attempts are counted together, in microseconds.
const WINDOW: i64 = 15 * 60 * 1_000_000;
/// How many attempts an account bears.
const FOR_ACCOUNT: i32 = 10;
/// How many attempts an address has.
const FOR_ADDRESS: i32 = 50;

/// Counts an attempt.
///
/// # Errors
/// When there were too many.
pub async fn attempt(acting: &Acting, login: &str) -> Result<(), Denied> {
    let mut within = count(&acting.db, &account_name(login), acting.now).await? <= FOR_ACCOUNT;
    if let Some(name) = address_name(acting) {
        within &= count(&acting.db, &name, acting.now).await? <= FOR_ADDRESS;
    }
    if within {
        return Ok(());
    }
    Err(Refusal::invalid(
        Code::TooManyAttempts,
        &[],
        "too many attempts; wait a quarter of an hour and try again",
    )
    .into())
}

/// Takes an attempt back that succeeded.
///
/// # Errors
/// When the database fails.
pub async fn forgive(db: &impl ConnectionTrait, acting: &Acting, login: &str) -> Result<(), DbErr> {
    db.execute_raw(sql(
        db,
        "DELETE FROM sign_in_throttle WHERE name = ?",
        [account_name(login).into()],
    ))
    .await?;
    if let Some(name) = address_name(acting) {
        db.execute_raw(sql(
            db,
            "UPDATE sign_in_throttle SET failures = failures - 1 WHERE name = ? AND failures > 0",
            [name.into()],
        ))
        .await?;
    }
    Ok(())
}

fn account_name(login: &str) -> String {
    data_encoding::HEXLOWER.encode(&secret::digest(&format!("account {login}")))
}

fn address_name(acting: &Acting) -> Option<String> {
    let address = acting.who.address?;
    Some(data_encoding::HEXLOWER.encode(&secret::digest(&format!("address {address}"))))
}

async fn count(db: &Db, name: &str, now: Moment) -> Result<i32, DbErr> {
    let expired = now.0 - WINDOW;
    let db = db.maintenance();
    let row = db
        .query_one_raw(sql(
            db,
            "INSERT INTO sign_in_throttle (name, failures, failed_at) VALUES (?, 1, ?) \
             ON CONFLICT (name) DO UPDATE SET \
             failures = CASE WHEN sign_in_throttle.failed_at < ? THEN 1 ELSE sign_in_throttle.failures + 1 END, \
             failed_at = CASE WHEN sign_in_throttle.failed_at < ? THEN ? ELSE sign_in_throttle.failed_at END \
             RETURNING failures",
            [name.into(), now.0.into(), expired.into(), expired.into(), now.0.into()],
        ))
        .await?;
    row.map_or(Ok(1), |row| row.try_get("", "failures"))
}
