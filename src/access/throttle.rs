//! Attempts to sign in, counted in the database before the password is looked at, so that the count holds for every
//! instance and nobody gains by asking many of them at once.
//!
//! Guesses shut out whoever guesses, not whose account it is. An address has so many attempts, and fewer at one account;
//! beyond that only strangers wait for each other: an address from which the account was signed in to before does not
//! count against the account and is not held up by those that do. Nothing here depends on whether the account exists.

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
pub(super) const WINDOW: i64 = 15 * 60 * 1_000_000;
/// How long an address is remembered from which an account was signed in to, in microseconds.
pub(super) const MEMORY: i64 = 90 * 24 * 3600 * 1_000_000;
/// How many attempts an address has.
const FOR_ADDRESS: i32 = 50;
/// How many attempts an address has at one account.
const FOR_PLACE: i32 = 5;
/// How many attempts all strange addresses together have at one account.
const FOR_STRANGERS: i32 = 100;

/// What is counted for an attempt, by name.
struct Names {
    address: String,
    /// The account and the address together.
    place: String,
    account: String,
}

impl Names {
    fn of(acting: &Acting, login: &str) -> Self {
        let address = acting
            .who
            .neighbourhood()
            .map_or_else(|| "nowhere".to_owned(), |address| address.to_string());
        let name = |text: String| data_encoding::HEXLOWER.encode(&secret::digest(&text));
        Self {
            address: name(format!("address {address}")),
            place: name(format!("place {address} {login}")),
            account: name(format!("account {login}")),
        }
    }
}

/// Counts an attempt.
///
/// # Errors
/// When there were too many.
pub async fn attempt(acting: &Acting, login: &str) -> Result<(), Denied> {
    let (db, now) = (&acting.db, acting.now);
    let names = Names::of(acting, login);
    // Each count is only reached by what the one before lets through, so no single address can fill the last one.
    let within = count(db, &names.address, now).await? <= FOR_ADDRESS
        && count(db, &names.place, now).await? <= FOR_PLACE
        && (is_known(db, &names.place).await?
            || count(db, &names.account, now).await? <= FOR_STRANGERS);
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

/// Takes an attempt back that succeeded, and remembers from where.
///
/// # Errors
/// When the database fails.
pub async fn forgive(db: &impl ConnectionTrait, acting: &Acting, login: &str) -> Result<(), DbErr> {
    let names = Names::of(acting, login);
    db.execute_raw(sql(
        db,
        "DELETE FROM sign_in_throttle WHERE name = ?",
        [names.place.clone().into()],
    ))
    .await?;
    db.execute_raw(sql(
        db,
        "UPDATE sign_in_throttle SET failures = failures - 1 WHERE name = ? AND failures > 0",
        [names.address.into()],
    ))
    .await?;
    // A place that is known did not count against the account.
    db.execute_raw(sql(
        db,
        "UPDATE sign_in_throttle SET failures = failures - 1 WHERE name = ? AND failures > 0 \
         AND NOT EXISTS (SELECT 1 FROM sign_in_place WHERE sign_in_place.name = ?)",
        [names.account.into(), names.place.clone().into()],
    ))
    .await?;
    if acting.who.address.is_some() {
        db.execute_raw(sql(
            db,
            "INSERT INTO sign_in_place (name, seen_at) VALUES (?, ?) \
             ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
            [names.place.into(), acting.now.0.into()],
        ))
        .await?;
    }
    Ok(())
}

async fn is_known(db: &Db, place: &str) -> Result<bool, DbErr> {
    let text = "SELECT 1 AS known FROM sign_in_place WHERE name = ?";
    Ok(db.row(text, [place.into()]).await?.is_some())
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
