//! Passwords: argon2id, a few at a time, and the same work whether there is an account or not.

use std::sync::LazyLock;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{SaltString, rand_core::OsRng},
};
use sea_orm::DbErr;
use tokio::sync::Semaphore;

use super::refusal::{Code, Refusal};

/// The shortest password, in characters.
pub const SHORTEST: usize = 12;
/// The longest password, in characters.
pub const LONGEST: usize = 256;

/// Each takes 19 MiB and a core; a flood of them must not take the server.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What unknown accounts are measured against.
static NOBODYS: LazyLock<Option<String>> =
    LazyLock::new(|| hashed("nobody has this password").ok());

/// Refuses what is no password; `path` names the input field.
///
/// # Errors
/// When it is too short or too long.
pub fn check(password: &str, path: &[&str]) -> Result<(), Refusal> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Refusal::invalid(
            Code::Invalid,
            path,
            format!("a password has at least {SHORTEST} characters"),
        ));
    }
    if length > LONGEST {
        return Err(Refusal::invalid(
            Code::TooLong,
            path,
            format!("a password has at most {LONGEST} characters"),
        ));
    }
    Ok(())
}

/// The hash of a password, with its own salt.
///
/// # Errors
/// When the hash cannot be made.
pub async fn hash(password: &str) -> Result<String, DbErr> {
    let password = password.to_owned();
    apart(move || hashed(&password)).await?
}

/// Whether a password fits a hash. Without a hash the answer is no, after the same work.
///
/// # Errors
/// When the work cannot be done.
pub async fn fits(password: &str, hash: Option<&str>) -> Result<bool, DbErr> {
    let password: String = password.chars().take(LONGEST + 1).collect();
    let hash = hash.map(ToOwned::to_owned);
    apart(move || {
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| NOBODYS.clone()) else {
            return false;
        };
        let fits = PasswordHash::new(&hash).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        });
        known && fits
    })
    .await
}

fn hashed(password: &str) -> Result<String, DbErr> {
    // The default is argon2id with 19 MiB, two passes and one lane.
    Argon2::default()
        .hash_password(password.as_bytes(), &SaltString::generate(&mut OsRng))
        .map(|hash| hash.to_string())
        .map_err(|error| DbErr::Custom(format!("a password cannot be hashed: {error}")))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DbErr> {
    let failed = |error: &dyn std::fmt::Display| DbErr::Custom(format!("hashing stopped: {error}"));
    let _place = AT_ONCE.acquire().await.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| failed(&error))
}
