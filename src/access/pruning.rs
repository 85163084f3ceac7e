//! Takes away what has had its time: ended sessions with their refresh tokens, counts of attempts to sign in, addresses that
//! nobody signs in from any more, and the answers kept for repeated requests.
//!
//! It goes in small statements of their own, so no writer waits long, and any number of servers may do it at once. It never
//! touches the refresh tokens of a session that lives, since the second use of one must still be noticed.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Value};

use super::{once, throttle};
use crate::{
    editorial::moment::Moment,
    platform::{db::Db, sql::sql},
};

/// How many rows one statement takes away.
const BATCH: u64 = 500;
/// How long other writers are let through between two statements.
const BREATH: Duration = Duration::from_millis(20);
/// How long a session is kept after its end, in microseconds.
const ENDED: i64 = 24 * 3600 * 1_000_000;

/// A session that ended long ago; it never begins again.
const DEAD: &str = "(session.expires_at <= ? OR session.revoked_at <= ?)";

/// Takes away everything that has had its time at this moment, and returns how many rows that were.
///
/// # Errors
/// When the database fails; what was taken away until then is gone.
pub async fn prune(db: &Db, now: Moment) -> Result<u64, DbErr> {
    let before = |age: i64| Value::from(now.0 - age);
    let ended = [before(ENDED), before(ENDED)];
    let tokens = format!(
        "DELETE FROM refresh_token WHERE hash IN (SELECT refresh_token.hash FROM session \
         JOIN refresh_token ON refresh_token.session_id = session.id WHERE {DEAD}"
    );
    let sessions = format!(
        "DELETE FROM session WHERE id IN (SELECT session.id FROM session WHERE {DEAD} AND NOT EXISTS \
         (SELECT 1 FROM refresh_token WHERE refresh_token.session_id = session.id)"
    );
    let attempts = "DELETE FROM sign_in_throttle WHERE name IN \
         (SELECT name FROM sign_in_throttle WHERE failed_at < ?";
    let places = "DELETE FROM sign_in_place WHERE name IN \
         (SELECT name FROM sign_in_place WHERE seen_at < ?";
    let answers = "DELETE FROM idempotency WHERE (actor_id, key) IN \
         (SELECT actor_id, key FROM idempotency WHERE at < ?";
    let mut gone = 0;
    for (statement, values) in [
        (tokens.as_str(), &ended[..]),
        (sessions.as_str(), &ended[..]),
        (attempts, &[before(throttle::WINDOW)]),
        (places, &[before(throttle::MEMORY)]),
        (answers, &[before(once::KEPT)]),
    ] {
        gone += in_batches(db, statement, values).await?;
    }
    Ok(gone)
}

/// Runs a statement that ends within its subselect until it finds less than a batch.
async fn in_batches(db: &Db, statement: &str, values: &[Value]) -> Result<u64, DbErr> {
    // What another server is taking away already is left to it.
    let lock = match db.backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let text = format!("{statement} LIMIT {BATCH}{lock})");
    let writer = db.maintenance();
    let mut gone = 0;
    loop {
        let done = writer
            .execute_raw(sql(writer, &text, values.iter().cloned()))
            .await?
            .rows_affected();
        gone += done;
        if done < BATCH {
            return Ok(gone);
        }
        tokio::time::sleep(BREATH).await;
    }
}
