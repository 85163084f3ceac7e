//! Signing in and out: short access tokens, and refresh tokens that are good for one exchange.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use serde_json::json;
use uuid::Uuid;

use super::{
    Acting, Actor,
    account::{self, Account, login_of},
    act::{Act, Missing},
    audit::{self, Entry, Subject},
    keys::{ACCESS, Claims, Keys},
    password,
    refusal::{Code, Denied, Refusal},
    secret, throttle,
};
use crate::{
    editorial::{
        identity::{AccountId, SessionId},
        moment::Moment,
        vocabulary::Role,
    },
    platform::{db::Db, sql::sql},
};

/// How long an access token holds, in seconds.
pub const ACCESS_SECONDS: i64 = 600;
/// How long a refresh token holds, in microseconds.
const REFRESH: i64 = 30 * 24 * 3600 * 1_000_000;

/// What somebody who signed in gets.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who signed in.
    pub account: Account,
    /// The access token.
    pub access_token: String,
    /// Until when it holds.
    pub expires_at: Moment,
    /// The refresh token.
    pub refresh_token: String,
}

fn bad_credentials(message: &str) -> Denied {
    Refusal::invalid(Code::BadCredentials, &[], message).into()
}

/// Signs in with a password.
///
/// # Errors
/// When address and password do not fit, the same whatever the reason; when there were too many attempts.
pub async fn sign_in(
    acting: &Acting,
    keys: &Keys,
    email: &str,
    password: &str,
) -> Result<SignedIn, Denied> {
    acting.who.may(Act::SignIn)?;
    let refused = || bad_credentials("address and password do not fit");
    let login = login_of(email);
    throttle::attempt(acting, &login).await?;
    let account = account::by_email(&acting.db, &login)
        .await?
        .filter(|account| account.disabled_at.is_none());
    let hash = account
        .as_ref()
        .and_then(|account| account.password_hash.as_deref());
    let fits = password::fits(password, hash).await?;
    let Some(account) = account.filter(|_| fits) else {
        return Err(refused());
    };
    let acting = &acting_as(acting, &account);
    let transaction = acting.db.begin().await?;
    let still = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE account SET last_sign_in_at = ? \
             WHERE id = ? AND disabled_at IS NULL AND password_hash = ?",
            [
                acting.now.0.into(),
                account.id.into(),
                account.password_hash.clone().into(),
            ],
        ))
        .await?;
    if still.rows_affected() == 0 {
        return Err(refused());
    }
    throttle::forgive(&transaction, acting, &login).await?;
    let session = Uuid::now_v7();
    transaction
        .execute_raw(sql(
            &transaction,
            "INSERT INTO session (id, account_id, created_at, last_seen_at, expires_at, address, user_agent) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                session.into(),
                account.id.into(),
                acting.now.0.into(),
                acting.now.0.into(),
                (acting.now.0 + REFRESH).into(),
                acting.who.address.map(|address| address.to_string()).into(),
                acting.who.user_agent.clone().into(),
            ],
        ))
        .await?;
    let signed_in = tokens(&transaction, acting, keys, account, session).await?;
    let entry = Entry {
        after: Some(
            json!({ "session": SessionId(session), "userAgent": acting.who.user_agent })
                .to_string(),
        ),
        ..entry(Act::SignIn, signed_in.account.id, None, None)
    };
    audit::note(&transaction, acting, entry).await?;
    transaction.commit().await?;
    Ok(signed_in)
}

/// The same act, done by the account that turned out to do it.
fn acting_as(acting: &Acting, account: &Account) -> Acting {
    let who = Actor {
        address: acting.who.address,
        user_agent: acting.who.user_agent.clone(),
        request: acting.who.request.clone(),
        ..Actor::staff(AccountId(account.id), &account.name, account.role())
    };
    Acting {
        who: Arc::new(who),
        ..acting.clone()
    }
}

async fn tokens(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    keys: &Keys,
    account: Account,
    session: Uuid,
) -> Result<SignedIn, Denied> {
    let refresh_token = secret::fresh("dlr_")?;
    transaction
        .execute_raw(sql(
            transaction,
            "INSERT INTO refresh_token (hash, session_id) VALUES (?, ?)",
            [secret::digest(&refresh_token).into(), session.into()],
        ))
        .await?;
    let mut claims = Claims::new(
        ACCESS,
        AccountId(account.id).to_string(),
        acting.now,
        ACCESS_SECONDS,
    );
    claims.sid = Some(SessionId(session).to_string());
    let access_token = keys.sign(&claims).map_err(DbErr::Custom)?;
    Ok(SignedIn {
        account,
        access_token,
        expires_at: Moment(claims.exp * 1_000_000),
        refresh_token,
    })
}

/// Exchanges a refresh token. One that was used before ends its whole session: somebody else has it as well.
///
/// An exchange happens every few minutes and is counted in its session; the audit log gets the count when the session is
/// ended, and not an entry each.
///
/// # Errors
/// When the token does not hold.
pub async fn refresh(acting: &Acting, keys: &Keys, token: &str) -> Result<SignedIn, Denied> {
    acting.who.may(Act::SessionRefresh)?;
    let refused = || bad_credentials("the refresh token does not hold; sign in again");
    let hash = secret::digest(token);
    let transaction = acting.db.begin().await?;
    let fresh = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE refresh_token SET used_at = ? WHERE hash = ? AND used_at IS NULL",
            [acting.now.0.into(), hash.clone().into()],
        ))
        .await?
        .rows_affected()
        == 1;
    let Some(held) = session_of(&transaction, hash).await? else {
        return Err(refused());
    };
    let account = account::by(&transaction, "id", held.account.into()).await?;
    let Some(account) = account else {
        return Err(refused());
    };
    let acting = &acting_as(acting, &account);
    if !fresh {
        if held.revoked.is_none() {
            revoke(&transaction, acting, held.session).await?;
            let reason = "a refresh token was used twice";
            note(
                &transaction,
                acting,
                Act::SessionRefresh,
                account.id,
                Some(reason),
                Some(held.on_record()),
            )
            .await?;
        }
        transaction.commit().await?;
        return Err(refused());
    }
    if held.revoked.is_some() || held.expires <= acting.now.0 || account.disabled_at.is_some() {
        return Err(refused());
    }
    let extended = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE session SET expires_at = ?, last_seen_at = ?, exchanges = exchanges + 1 \
             WHERE id = ? AND revoked_at IS NULL",
            [
                (acting.now.0 + REFRESH).into(),
                acting.now.0.into(),
                held.session.into(),
            ],
        ))
        .await?;
    if extended.rows_affected() == 0 {
        return Err(refused());
    }
    let signed_in = tokens(&transaction, acting, keys, account, held.session).await?;
    transaction.commit().await?;
    Ok(signed_in)
}

struct Held {
    session: Uuid,
    account: Uuid,
    created: i64,
    seen: Option<i64>,
    exchanges: i64,
    expires: i64,
    revoked: Option<i64>,
}

impl Held {
    fn on_record(&self) -> String {
        json!({
            "session": SessionId(self.session),
            "createdAt": Moment(self.created),
            "lastSeenAt": self.seen.map(Moment),
            "exchanges": self.exchanges,
        })
        .to_string()
    }
}

async fn session_of(db: &impl ConnectionTrait, hash: Vec<u8>) -> Result<Option<Held>, DbErr> {
    let row = db
        .query_one_raw(sql(
            db,
            "SELECT session.id, session.account_id, session.created_at, session.last_seen_at, session.exchanges, \
             session.expires_at, session.revoked_at \
             FROM refresh_token JOIN session ON session.id = refresh_token.session_id \
             WHERE refresh_token.hash = ?",
            [hash.into()],
        ))
        .await?;
    row.map(|row| {
        Ok(Held {
            session: row.try_get("", "id")?,
            account: row.try_get("", "account_id")?,
            created: row.try_get("", "created_at")?,
            seen: row.try_get("", "last_seen_at")?,
            exchanges: row.try_get("", "exchanges")?,
            expires: row.try_get("", "expires_at")?,
            revoked: row.try_get("", "revoked_at")?,
        })
    })
    .transpose()
}

/// Ends the session of a refresh token. A token that nobody knows is no matter.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(acting: &Acting, token: &str) -> Result<(), Denied> {
    acting.who.may(Act::SignOut)?;
    let transaction = acting.db.begin().await?;
    if let Some(held) = session_of(&transaction, secret::digest(token)).await?
        && held.revoked.is_none()
        && let Some(account) = account::by(&transaction, "id", held.account.into()).await?
    {
        let acting = &acting_as(acting, &account);
        revoke(&transaction, acting, held.session).await?;
        let record = Some(held.on_record());
        note(&transaction, acting, Act::SignOut, account.id, None, record).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends every session of one's own account.
///
/// # Errors
/// When nobody is signed in.
pub async fn sign_out_everywhere(acting: &Acting) -> Result<(), Denied> {
    acting.who.may(Act::SignOutEverywhere)?;
    let own = acting.who.account.ok_or(Missing::Account)?;
    let transaction = acting.db.begin().await?;
    revoke_all(&transaction, acting, own.0, None).await?;
    note(
        &transaction,
        acting,
        Act::SignOutEverywhere,
        own.0,
        None,
        None,
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Changes one's own password and ends one's other sessions.
///
/// # Errors
/// When the present password does not fit or the new one cannot be used.
pub async fn change_password(acting: &Acting, present: &str, new: &str) -> Result<Account, Denied> {
    acting.who.may(Act::PasswordChange)?;
    let own = acting.who.account.ok_or(Missing::Account)?;
    password::check(new, &["newPassword"])?;
    let refused = || bad_credentials("the present password does not fit");
    let account = account::by_id(&acting.db, own).await?.ok_or_else(refused)?;
    let login = account.login.clone().unwrap_or_default();
    throttle::attempt(acting, &login).await?;
    if !password::fits(present, account.password_hash.as_deref()).await? {
        return Err(refused());
    }
    let hash = password::hash(new).await?;
    let transaction = acting.db.begin().await?;
    let updated = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE account SET password_hash = ?, version = version + 1 WHERE id = ? AND password_hash = ?",
            [
                hash.into(),
                own.0.into(),
                account.password_hash.clone().into(),
            ],
        ))
        .await?;
    if updated.rows_affected() == 0 {
        return Err(refused());
    }
    throttle::forgive(&transaction, acting, &login).await?;
    revoke_all(&transaction, acting, own.0, acting.who.session).await?;
    note(&transaction, acting, Act::PasswordChange, own.0, None, None).await?;
    transaction.commit().await?;
    Ok(Account {
        version: account.version + 1,
        ..account
    })
}

async fn revoke(db: &impl ConnectionTrait, acting: &Acting, session: Uuid) -> Result<(), DbErr> {
    db.execute_raw(sql(
        db,
        "UPDATE session SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        [acting.now.0.into(), session.into()],
    ))
    .await
    .map(|_| ())
}

/// Ends the sessions of an account, all but one if so wanted.
pub(super) async fn revoke_all(
    db: &impl ConnectionTrait,
    acting: &Acting,
    account: Uuid,
    but: Option<SessionId>,
) -> Result<(), DbErr> {
    let kept = but.map_or(Uuid::nil(), |session| session.0);
    db.execute_raw(sql(
        db,
        "UPDATE session SET revoked_at = ? WHERE account_id = ? AND revoked_at IS NULL AND id <> ?",
        [acting.now.0.into(), account.into(), kept.into()],
    ))
    .await
    .map(|_| ())
}

/// Who holds an access token, as the database knows them now.
///
/// # Errors
/// When the token does not hold, the session has ended or the account is shut out: one sentence within `Ok`. When the
/// database fails.
pub async fn identify(
    db: &Db,
    keys: &Keys,
    token: &str,
    now: Moment,
) -> Result<Result<Actor, String>, DbErr> {
    let claims = match keys.verify(token, ACCESS, now) {
        Ok(claims) => claims,
        Err(reason) => return Ok(Err(reason)),
    };
    let ids = (
        claims.sub.parse::<AccountId>(),
        claims.sid.unwrap_or_default().parse::<SessionId>(),
    );
    let (Ok(account), Ok(session)) = ids else {
        return Ok(Err("the access token names nobody".to_owned()));
    };
    let ended = || Ok(Err("the session has ended; sign in again".to_owned()));
    let row = db
        .row(
            "SELECT account.name, account.role FROM session JOIN account ON account.id = session.account_id \
             WHERE session.id = ? AND account.id = ? AND session.revoked_at IS NULL \
             AND session.expires_at > ? AND account.disabled_at IS NULL",
            [session.0.into(), account.0.into(), now.0.into()],
        )
        .await?;
    let Some(row) = row else { return ended() };
    let Some(role) = Role::of_code(row.try_get("", "role")?) else {
        return ended();
    };
    let name: String = row.try_get("", "name")?;
    Ok(Ok(Actor {
        session: Some(session),
        ..Actor::staff(account, &name, role)
    }))
}

async fn note(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    account: Uuid,
    reason: Option<&str>,
    before: Option<String>,
) -> Result<(), DbErr> {
    audit::note(transaction, acting, entry(act, account, reason, before)).await
}

fn entry(act: Act, account: Uuid, reason: Option<&str>, before: Option<String>) -> Entry {
    Entry {
        act,
        subject_kind: Subject::Account,
        subject: account,
        version: None,
        reason: reason.map(ToOwned::to_owned),
        before,
        after: None,
    }
}
