//! Acts that are asked for twice happen once: the same key with the same input gets the answer of the first time.
//!
//! The key is claimed in the act's transaction, so a second one with the same key waits for the first and then finds its
//! answer. A refused act leaves no claim, as nothing happened. Answers are kept for a day.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use xxhash_rust::xxh3::xxh3_64;

use super::{
    Acting,
    act::Act,
    refusal::{Code, Denied, Refusal},
};
use crate::platform::sql::sql;

/// A key claimed for an act, or none asked for.
#[derive(Debug)]
pub struct Claim(Option<String>);

/// What a key is good for.
#[derive(Debug)]
pub enum Claimed {
    /// Nobody has used it; the act goes on, and says in the end what it answered.
    New(Claim),
    /// The act has happened; this was its answer.
    Before(String),
}

/// How long an answer is kept, in microseconds.
pub(super) const KEPT: i64 = 24 * 3600 * 1_000_000;
/// The longest key, in bytes.
const LONGEST_KEY: usize = 200;

/// Claims a key for an act. `input` is everything that the answer depends on.
///
/// # Errors
/// When the key was used with another input, or is empty or too long; when the database fails.
pub async fn claim(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    key: Option<&str>,
    input: &str,
) -> Result<Claimed, Denied> {
    let Some(key) = key else {
        return Ok(Claimed::New(Claim(None)));
    };
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["idempotencyKey"],
            format!("an idempotency key has between 1 and {LONGEST_KEY} bytes"),
        )
        .into());
    }
    let actor = acting.who.identity();
    let input_hash = i64::from_ne_bytes(xxh3_64(input.as_bytes()).to_ne_bytes());
    let insert = sql(
        transaction,
        "INSERT INTO idempotency (actor_id, key, act, input_hash, answer, at) VALUES (?, ?, ?, ?, '', ?) \
             ON CONFLICT (actor_id, key) DO NOTHING",
        [
            actor.into(),
            key.into(),
            act.name().into(),
            input_hash.into(),
            acting.now.0.into(),
        ],
    );
    if transaction.execute_raw(insert).await?.rows_affected() == 1 {
        return Ok(Claimed::New(Claim(Some(key.to_owned()))));
    }
    let select = sql(
        transaction,
        "SELECT act, input_hash, answer FROM idempotency WHERE actor_id = ? AND key = ?",
        [actor.into(), key.into()],
    );
    let row = transaction
        .query_one_raw(select)
        .await?
        .ok_or_else(|| DbErr::Custom("a claimed idempotency key has gone".to_owned()))?;
    let same = row.try_get::<String>("", "act")? == act.name()
        && row.try_get::<i64>("", "input_hash")? == input_hash;
    if !same {
        return Err(Refusal::invalid(
            Code::KeyReused,
            &["idempotencyKey"],
            format!("the idempotency key \"{key}\" was used with another input; take a new key for a new act"),
        )
        .into());
    }
    Ok(Claimed::Before(row.try_get("", "answer")?))
}

impl Claim {
    /// Keeps the answer for whoever asks again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answered(
        self,
        transaction: &DatabaseTransaction,
        acting: &Acting,
        answer: &str,
    ) -> Result<(), DbErr> {
        let Some(key) = self.0 else { return Ok(()) };
        let update = sql(
            transaction,
            "UPDATE idempotency SET answer = ? WHERE actor_id = ? AND key = ?",
            [answer.into(), acting.who.identity().into(), key.into()],
        );
        transaction.execute_raw(update).await.map(|_| ())
    }
}
