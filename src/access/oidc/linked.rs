//! The account beside somebody who signs in at the other issuer.
//!
//! Reading it is one statement; it is written when it is new, when a newer token says something else than it holds, and
//! otherwise once in an hour to say when its holder last signed in.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::claims::Told;
use crate::{
    access::{
        Acting, Actor,
        account::{self, Account},
        act::Act,
        actor::scopes_of,
        token,
    },
    platform::sql::sql,
};

/// How exactly the last signing in is known, in microseconds.
const HOUR: i64 = 3_600_000_000;

/// The account of a holder, made or brought up to date if need be; it may be shut out.
///
/// # Errors
/// When the database fails.
pub async fn account_of(acting: &Acting, issuer: &str, told: &Told) -> Result<Account, DbErr> {
    // An issuer has no blanks, so no two pairs of issuer and subject read the same.
    let identity = format!("{issuer} {}", told.subject);
    let known = account::read_by(&acting.db, "identity", identity.as_str().into()).await?;
    if let Some(account) = &known
        && (account.disabled_at.is_some() || !has_news(account, told))
    {
        return Ok(account.clone());
    }
    let acting = &as_issuer(acting, issuer);
    let transaction = acting.db.begin().await?;
    let account = match known {
        Some(account) => update(&transaction, acting, told, account).await?,
        None => create(&transaction, acting, told, &identity).await?,
    };
    transaction.commit().await?;
    Ok(account)
}

/// The account comes from the issuer, so the issuer is who made it.
fn as_issuer(acting: &Acting, issuer: &str) -> Acting {
    let who = Actor {
        name: issuer.to_owned(),
        ..Actor::clone(&acting.who)
    };
    Acting {
        who: Arc::new(who),
        ..acting.clone()
    }
}

fn is_other(account: &Account, told: &Told) -> bool {
    account.role != told.role.code()
        || told.name.as_ref().is_some_and(|name| *name != account.name)
        || told
            .email
            .as_ref()
            .is_some_and(|email| *email != account.email)
}

/// Only a token newer than the last one that was written down brings news, so that two tokens of one holder that
/// disagree are not written down in turn.
fn has_news(account: &Account, told: &Told) -> bool {
    let last = account.last_sign_in_at.unwrap_or(i64::MIN);
    told.issued.0 > last && (is_other(account, told) || told.issued.0 >= last.saturating_add(HOUR))
}

async fn create(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    told: &Told,
    identity: &str,
) -> Result<Account, DbErr> {
    let name = told.name.as_ref().or(told.email.as_ref());
    let inserted = transaction
        .execute_raw(sql(
            transaction,
            "INSERT INTO account (id, name, email, identity, role, version, created_at, last_sign_in_at) \
             VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT (identity) DO NOTHING",
            [
                Uuid::now_v7().into(),
                name.unwrap_or(&told.subject).as_str().into(),
                told.email.clone().unwrap_or_default().into(),
                identity.into(),
                told.role.code().into(),
                acting.now.0.into(),
                told.issued.0.into(),
            ],
        ))
        .await?;
    let account = found(transaction, "identity", identity.into()).await?;
    // Two first requests at once make one account between them.
    if inserted.rows_affected() == 1 {
        account::note(transaction, acting, Act::AccountCreate, None, &account).await?;
    }
    Ok(account)
}

async fn update(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    told: &Told,
    before: Account,
) -> Result<Account, DbErr> {
    let is_other = is_other(&before, told);
    let updated = transaction
        .execute_raw(sql(
            transaction,
            "UPDATE account SET name = ?, email = ?, role = ?, last_sign_in_at = ?, version = ? \
             WHERE id = ? AND version = ? AND disabled_at IS NULL",
            [
                told.name.as_ref().unwrap_or(&before.name).as_str().into(),
                told.email.as_ref().unwrap_or(&before.email).as_str().into(),
                told.role.code().into(),
                told.issued.0.into(),
                (before.version + i64::from(is_other)).into(),
                before.id.into(),
                before.version.into(),
            ],
        ))
        .await?;
    let after = found(transaction, "id", before.id.into()).await?;
    // Whoever was faster has put it on record.
    if updated.rows_affected() == 1 && is_other {
        let act = if before.role == after.role {
            Act::AccountUpdate
        } else {
            Act::AccountRoleSet
        };
        account::note(transaction, acting, act, Some(&before), &after).await?;
        let allowed = scopes_of(told.role);
        token::revoke_beyond(transaction, acting, after.id, allowed, act.name()).await?;
    }
    Ok(after)
}

async fn found(
    transaction: &DatabaseTransaction,
    column: &str,
    value: sea_orm::Value,
) -> Result<Account, DbErr> {
    account::by(transaction, column, value)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("an account has gone".to_owned()))
}
