//! Secrets that are shown once and kept only as their digest.

use aws_lc_rs::{digest, rand};
use data_encoding::BASE32_NOPAD;
use sea_orm::DbErr;

/// A new secret of 256 random bits behind a prefix that says what it is.
///
/// # Errors
/// When the system has no random numbers to give.
pub fn fresh(prefix: &str) -> Result<String, DbErr> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes)
        .map_err(|_| DbErr::Custom("the system gives no random numbers".to_owned()))?;
    Ok(format!(
        "{prefix}{}",
        BASE32_NOPAD.encode(&bytes).to_lowercase()
    ))
}

/// What is kept of a secret.
#[must_use]
pub fn digest(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes())
        .as_ref()
        .to_vec()
}
