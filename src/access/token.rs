//! API tokens: what programs sign in with.
//!
//! The account that got a token's newest secret holds it. A token allows what its holder could allow now and never more,
//! and is taken back for good when its holder is shut out or may not create it any more.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{
    Acting, Actor,
    account::{conflict, may_give},
    act::Act,
    actor::scopes_of,
    audit::{self, Entry, Subject},
    refusal::{Code, Denied, Refusal},
    secret,
};
use crate::{
    editorial::{
        identity::TokenId,
        moment::Moment,
        vocabulary::{Role, Scope},
    },
    platform::{db::Db, sql::sql},
};

/// What every secret of an API token begins with.
pub const PREFIX: &str = "dl_";
pub(crate) const COLUMNS: [&str; 11] = [
    "id",
    "name",
    "hint",
    "scopes",
    "version",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "previous_until",
    "held_by",
];
const MINUTE: i64 = 60_000_000;
const LONGEST_OVERLAP: i64 = 7 * 24 * 60;

/// A token, as stored, without its secret.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The beginning of its secret.
    pub hint: String,
    scopes: String,
    /// Its version.
    pub version: i64,
    /// When it was created.
    pub created_at: i64,
    /// Until when it holds.
    pub expires_at: Option<i64>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<i64>,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
    /// Until when the former secret holds.
    pub previous_until: Option<i64>,
    /// The account that got its newest secret and answers for it.
    pub held_by: Option<Uuid>,
}

impl Token {
    /// What it allows.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes
            .split(' ')
            .filter_map(|name| {
                Scope::ALL
                    .iter()
                    .copied()
                    .find(|scope| scope.as_str() == name)
            })
            .collect()
    }

    fn on_record(&self) -> String {
        json!({
            "name": self.name,
            "scopes": self.scopes,
            "hint": self.hint,
            "expiresAt": self.expires_at.map(Moment),
            "revoked": self.revoked_at.is_some(),
        })
        .to_string()
    }
}

/// Creates a token; the secret is not to be had again.
///
/// # Errors
/// When the input cannot be used or the actor may not.
pub async fn create(
    acting: &Acting,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<Moment>,
) -> Result<(Token, String), Denied> {
    acting.who.may(Act::ApiTokenCreate)?;
    may_give(acting, scopes)?;
    let refused =
        |code, field, message: &str| Err(Refusal::invalid(code, &["input", field], message).into());
    if name.trim().is_empty() {
        return refused(Code::Required, "name", "a name is wanted");
    }
    if name.chars().count() > 200 {
        return refused(Code::TooLong, "name", "a name has at most 200 characters");
    }
    if expires_at.is_some_and(|moment| moment <= acting.now) {
        return refused(Code::Invalid, "expiresAt", "a token expires in the future");
    }
    let mut names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let new = secret::fresh(PREFIX)?;
    let id = Uuid::now_v7();
    let transaction = acting.db.begin().await?;
    let holder = holder(&transaction, acting, scopes).await?;
    transaction
        .execute_raw(sql(
            &transaction,
            "INSERT INTO api_token (id, name, hint, hash, scopes, created_by, held_by, version, created_at, expires_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
            [
                id.into(),
                name.trim().into(),
                hint_of(&new).into(),
                secret::digest(&new).into(),
                names.join(" ").into(),
                acting.who.account.map(|id| id.0).into(),
                holder.into(),
                acting.now.0.into(),
                expires_at.map(|moment| moment.0).into(),
            ],
        ))
        .await?;
    let token = found(&transaction, TokenId(id)).await?;
    note(&transaction, acting, Act::ApiTokenCreate, None, &token).await?;
    transaction.commit().await?;
    Ok((token, new))
}

/// The account that will answer for a secret: the one that acts, or the one that answers for the token that acts. Its row
/// is locked, so that whoever shuts it out at the same time meets the new secret, or this act meets the shut door.
async fn holder(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    scopes: &[Scope],
) -> Result<Option<Uuid>, Denied> {
    let account = match (acting.who.token, acting.who.account) {
        (Some(token), _) => found(transaction, token).await?.held_by,
        (None, account) => account.map(|id| id.0),
    };
    let Some(account) = account else {
        return Ok(None);
    };
    let lock = match transaction.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let row = transaction
        .query_one_raw(sql(
            transaction,
            &format!("SELECT role FROM account WHERE id = ? AND disabled_at IS NULL{lock}"),
            [account.into()],
        ))
        .await?;
    let role = row.map(|row| row.try_get("", "role")).transpose()?;
    if may_hold(allowed_to(role), scopes) {
        return Ok(Some(account));
    }
    Err(Refusal::invalid(
        Code::WrongState,
        &[],
        "the account that would answer for the token was shut out or lost its role meanwhile; sign in again",
    )
    .into())
}

/// What an account with this role code may do; nothing without one.
fn allowed_to(role: Option<i16>) -> &'static [Scope] {
    role.and_then(Role::of_code).map_or(&[], scopes_of)
}

/// Whether somebody who may do so much could create a token with these scopes.
fn may_hold(allowed: &[Scope], scopes: &[Scope]) -> bool {
    allowed.contains(&Scope::TokensManage) && scopes.iter().all(|scope| allowed.contains(scope))
}

/// Takes back what an account holds and could not create any more, and returns how many tokens those were. Former secrets
/// that it got stop holding as well.
pub(super) async fn revoke_beyond(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    account: Uuid,
    allowed: &[Scope],
    reason: &str,
) -> Result<i32, DbErr> {
    let rows = transaction
        .query_all_raw(sql(
            transaction,
            &format!(
                "SELECT {} FROM api_token WHERE held_by = ? AND revoked_at IS NULL ORDER BY id",
                columns()
            ),
            [account.into()],
        ))
        .await?;
    let mut count = 0;
    for row in rows {
        let before = Token::from_query_result(&row, "")?;
        if may_hold(allowed, &before.scopes()) {
            continue;
        }
        let updated = transaction
            .execute_raw(sql(
                transaction,
                "UPDATE api_token SET revoked_at = ?, version = version + 1 \
                 WHERE id = ? AND held_by = ? AND revoked_at IS NULL",
                [acting.now.0.into(), before.id.into(), account.into()],
            ))
            .await?;
        if updated.rows_affected() == 1 {
            count += 1;
            let after = Token {
                revoked_at: Some(acting.now.0),
                version: before.version + 1,
                ..before.clone()
            };
            let entry = entry(Act::ApiTokenRevoke, Some(&before), &after, Some(reason));
            audit::note(transaction, acting, entry).await?;
        }
    }
    if !allowed.contains(&Scope::TokensManage) {
        transaction
            .execute_raw(sql(
                transaction,
                "UPDATE api_token SET previous_until = ? WHERE previous_held_by = ? AND previous_until > ?",
                [acting.now.0.into(), account.into(), acting.now.0.into()],
            ))
            .await?;
    }
    Ok(count)
}

/// Gives a token a new secret; the former one holds for some minutes more.
///
/// # Errors
/// When the token was revoked or the actor may not.
pub async fn rotate(
    acting: &Acting,
    id: TokenId,
    expected: i64,
    overlap: i64,
) -> Result<(Token, String), Denied> {
    acting.who.may(Act::ApiTokenRotate)?;
    if !(0..=LONGEST_OVERLAP).contains(&overlap) {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["overlapMinutes"],
            format!("the overlap has between 0 and {LONGEST_OVERLAP} minutes"),
        )
        .into());
    }
    let transaction = acting.db.begin().await?;
    let before = changeable(&transaction, id, expected).await?;
    // Whoever gets the secret gets what it allows.
    may_give(acting, &before.scopes())?;
    let holder = holder(&transaction, acting, &before.scopes()).await?;
    let new = secret::fresh(PREFIX)?;
    let updated = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE api_token SET previous_hash = hash, previous_until = ?, previous_held_by = held_by, \
             hash = ?, hint = ?, held_by = ?, version = version + 1 \
             WHERE id = ? AND version = ?",
            [
                (acting.now.0 + overlap * MINUTE).into(),
                secret::digest(&new).into(),
                hint_of(&new).into(),
                holder.into(),
                id.0.into(),
                expected.into(),
            ],
        ))
        .await?;
    let after = found(&transaction, id).await?;
    if updated.rows_affected() == 0 {
        return Err(conflict("the token", after.version));
    }
    note(
        &transaction,
        acting,
        Act::ApiTokenRotate,
        Some(&before),
        &after,
    )
    .await?;
    transaction.commit().await?;
    Ok((after, new))
}

/// Takes a token back.
///
/// # Errors
/// When it was taken back before or the actor may not.
pub async fn revoke(acting: &Acting, id: TokenId, expected: i64) -> Result<Token, Denied> {
    acting.who.may(Act::ApiTokenRevoke)?;
    let transaction = acting.db.begin().await?;
    let before = changeable(&transaction, id, expected).await?;
    let updated = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE api_token SET revoked_at = ?, version = version + 1 WHERE id = ? AND version = ?",
            [acting.now.0.into(), id.0.into(), expected.into()],
        ))
        .await?;
    let after = found(&transaction, id).await?;
    if updated.rows_affected() == 0 {
        return Err(conflict("the token", after.version));
    }
    note(
        &transaction,
        acting,
        Act::ApiTokenRevoke,
        Some(&before),
        &after,
    )
    .await?;
    transaction.commit().await?;
    Ok(after)
}

async fn changeable(
    transaction: &DatabaseTransaction,
    id: TokenId,
    expected: i64,
) -> Result<Token, Denied> {
    let token = found(transaction, id).await?;
    if token.version != expected {
        return Err(conflict("the token", token.version));
    }
    if token.revoked_at.is_some() {
        return Err(Refusal::invalid(Code::WrongState, &["id"], "the token was taken back").into());
    }
    Ok(token)
}

async fn found(db: &impl ConnectionTrait, id: TokenId) -> Result<Token, Denied> {
    let row = db
        .query_one_raw(sql(
            db,
            &format!("SELECT {} FROM api_token WHERE id = ?", columns()),
            [id.0.into()],
        ))
        .await?;
    match row {
        Some(row) => Ok(Token::from_query_result(&row, "")?),
        None => Err(Refusal::not_found("id", id).into()),
    }
}

/// Which program has a secret.
///
/// # Errors
/// When the database fails; a secret that does not hold is one sentence within `Ok`.
pub async fn identify(db: &Db, given: &str, now: Moment) -> Result<Result<Actor, String>, DbErr> {
    let hash = secret::digest(given);
    let row = db
        .row(
            &format!(
                "SELECT {}, (SELECT role FROM account WHERE account.id = api_token.held_by \
                 AND account.disabled_at IS NULL) AS holder_role FROM api_token \
                 WHERE (hash = ? OR (previous_hash = ? AND previous_until > ?)) \
                 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
                columns()
            ),
            [hash.clone().into(), hash.into(), now.0.into(), now.0.into()],
        )
        .await?;
    let refused = || {
        Ok(Err(
            "the API token is unknown, expired or taken back".to_owned()
        ))
    };
    let Some(row) = row else { return refused() };
    let token = Token::from_query_result(&row, "")?;
    let mut scopes = token.scopes();
    if token.held_by.is_some() {
        let allowed = allowed_to(row.try_get("", "holder_role")?);
        if !allowed.contains(&Scope::TokensManage) {
            return refused();
        }
        scopes.retain(|scope| allowed.contains(scope));
    }
    if token.last_used_at.is_none_or(|last| last <= now.0 - MINUTE) {
        let writer = db.maintenance();
        writer
            .execute_raw(sql(
                writer,
                "UPDATE api_token SET last_used_at = ? WHERE id = ? \
                 AND (last_used_at IS NULL OR last_used_at <= ?)",
                [now.0.into(), token.id.into(), (now.0 - MINUTE).into()],
            ))
            .await?;
    }
    Ok(Ok(Actor {
        token: Some(TokenId(token.id)),
        name: token.name,
        scopes,
        ..Actor::nobody()
    }))
}

fn hint_of(secret: &str) -> String {
    secret.chars().take(PREFIX.len() + 5).collect()
}

async fn note(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    before: Option<&Token>,
    after: &Token,
) -> Result<(), DbErr> {
    audit::note(transaction, acting, entry(act, before, after, None)).await
}

fn entry(act: Act, before: Option<&Token>, after: &Token, reason: Option<&str>) -> Entry {
    Entry {
        act,
        subject_kind: Subject::ApiToken,
        subject: after.id,
        version: Some(after.version),
        reason: reason.map(ToOwned::to_owned),
        before: before.map(Token::on_record),
        after: Some(after.on_record()),
    }
}

fn columns() -> String {
    COLUMNS.join(", ")
}
