//! The staff: who they are, their roles, and who is shut out.

use async_graphql::MaybeUndefined;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{
    Acting,
    act::{Act, Missing},
    actor::scopes_of,
    audit::{self, Entry, Subject},
    password,
    refusal::{Code, Conflict, Denied, Refusal},
    session, token,
};
use crate::{
    editorial::{
        identity::{AccountId, AuthorId},
        vocabulary::{Role, Scope},
    },
    events::Turn,
    platform::{db::Db, sql::sql},
};

/// The columns of an [`Account`].
pub(crate) const COLUMNS: [&str; 11] = [
    "id",
    "name",
    "email",
    "login",
    "role",
    "password_hash",
    "author_id",
    "version",
    "created_at",
    "disabled_at",
    "last_sign_in_at",
];
const LONGEST_NAME: usize = 200;

/// A member of the staff, as stored.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its address for mail.
    pub email: String,
    /// The address in lower case, to sign in with.
    pub login: Option<String>,
    /// The code of its role.
    pub role: i16,
    pub(super) password_hash: Option<String>,
    /// The author that it writes as.
    pub author_id: Option<Uuid>,
    /// Its version.
    pub version: i64,
    /// When it was created.
    pub created_at: i64,
    /// When it was shut out.
    pub disabled_at: Option<i64>,
    /// When it last signed in.
    pub last_sign_in_at: Option<i64>,
}

impl Account {
    /// Its role; one that nobody knows any more is the least.
    #[must_use]
    pub fn role(&self) -> Role {
        Role::of_code(self.role).unwrap_or(Role::Reporter)
    }

    fn on_record(&self) -> String {
        json!({
            "name": self.name,
            "email": self.email,
            "role": self.role().as_str(),
            "author": self.author_id.map(AuthorId),
            "disabled": self.disabled_at.is_some(),
        })
        .to_string()
    }
}

/// Whom to create.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name.
    pub name: String,
    /// The address for mail, also to sign in with.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The password.
    pub password: String,
}

/// The form of an address that is compared.
#[must_use]
pub fn login_of(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Refuses to give what one does not have.
pub(super) fn may_give(acting: &Acting, scopes: &[Scope]) -> Result<(), Missing> {
    scopes.iter().try_for_each(|scope| acting.who.has(*scope))
}

fn check_name(name: &str, path: &[&str]) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid(Code::Required, path, "a name is wanted"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Refusal::invalid(
            Code::TooLong,
            path,
            format!("a name has at most {LONGEST_NAME} characters"),
        ));
    }
    Ok(())
}

/// Creates an account.
///
/// # Errors
/// When the input cannot be used or the actor may not.
pub async fn create(acting: &Acting, new: NewAccount) -> Result<Account, Denied> {
    acting.who.may(Act::AccountCreate)?;
    may_give(acting, scopes_of(new.role))?;
    check_name(&new.name, &["input", "name"])?;
    let login = login_of(&new.email);
    if login.len() > 320
        || !login
            .split_once('@')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
    {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["input", "email"],
            "an address for mail looks like somebody@example.com",
        )
        .into());
    }
    password::check(&new.password, &["input", "password"])?;
    let hash = password::hash(&new.password).await?;
    let id = Uuid::now_v7();
    let transaction = acting.db.begin().await?;
    let inserted = transaction
        .execute_raw(sql(
            &transaction,
            "INSERT INTO account (id, name, email, login, role, password_hash, version, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (login) DO NOTHING",
            [
                id.into(),
                new.name.trim().into(),
                new.email.trim().into(),
                login.into(),
                new.role.code().into(),
                hash.into(),
                acting.now.0.into(),
            ],
        ))
        .await?;
    if inserted.rows_affected() == 0 {
        return Err(Refusal::invalid(
            Code::Taken,
            &["input", "email"],
            "somebody else has this address",
        )
        .into());
    }
    let account = read(&transaction, id).await?;
    note(&transaction, acting, Act::AccountCreate, None, &account).await?;
    transaction.commit().await?;
    Ok(account)
}

/// What to change of an account; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Update {
    /// The name.
    pub name: Option<String>,
    /// The author that it writes as; null for none.
    pub author: MaybeUndefined<AuthorId>,
}

/// Gives an account another name, or another author to write as.
///
/// # Errors
/// When the input cannot be used or the actor may not.
pub async fn update(
    acting: &Acting,
    id: AccountId,
    expected: i64,
    update: Update,
) -> Result<Account, Denied> {
    acting.who.may(Act::AccountUpdate)?;
    if let Some(name) = &update.name {
        check_name(name, &["input", "name"])?;
    }
    let change = Change {
        name: update.name.as_deref().map(str::trim),
        author: update.author,
        ..Change::default()
    };
    let done = changed(acting, Act::AccountUpdate, id, expected, change).await?;
    Ok(done.account)
}

/// An account after a change, and what went with it.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The account as it is now.
    pub account: Account,
    /// How many API tokens were taken back with it.
    pub tokens_revoked: i32,
}

/// Gives an account a role. The API tokens that it holds and could not create in that role are taken back.
///
/// # Errors
/// When the actor may not, or nobody would be left who manages accounts.
pub async fn set_role(
    acting: &Acting,
    id: AccountId,
    expected: i64,
    role: Role,
) -> Result<Changed, Denied> {
    acting.who.may(Act::AccountRoleSet)?;
    may_give(acting, scopes_of(role))?;
    let change = Change {
        role: Some(role),
        ..Change::default()
    };
    changed(acting, Act::AccountRoleSet, id, expected, change).await
}

/// Shuts an account out, ends its sessions and takes back the API tokens that it holds.
///
/// # Errors
/// When the actor may not, or nobody would be left who manages accounts.
pub async fn disable(acting: &Acting, id: AccountId, expected: i64) -> Result<Changed, Denied> {
    acting.who.may(Act::AccountDisable)?;
    let change = Change {
        disabled: Some(true),
        ..Change::default()
    };
    changed(acting, Act::AccountDisable, id, expected, change).await
}

/// Lets an account in again. Its former sessions and API tokens stay ended.
///
/// # Errors
/// When the actor may not.
pub async fn enable(acting: &Acting, id: AccountId, expected: i64) -> Result<Account, Denied> {
    acting.who.may(Act::AccountEnable)?;
    let change = Change {
        disabled: Some(false),
        ..Change::default()
    };
    let done = changed(acting, Act::AccountEnable, id, expected, change).await?;
    Ok(done.account)
}

/// Ends every session of an account, which makes no new version of it.
///
/// # Errors
/// When the actor may not, or the account is not the version that was expected.
pub async fn sign_out(acting: &Acting, id: AccountId, expected: i64) -> Result<Account, Denied> {
    acting.who.may(Act::AccountSignOut)?;
    let transaction = acting.db.begin().await?;
    let account = found(&transaction, id).await?;
    may_give(acting, scopes_of(account.role()))?;
    if account.version != expected {
        return Err(conflict("the account", account.version));
    }
    session::revoke_all(&transaction, acting, account.id, None).await?;
    note(&transaction, acting, Act::AccountSignOut, None, &account).await?;
    transaction.commit().await?;
    Ok(account)
}

#[derive(Default)]
struct Change<'a> {
    name: Option<&'a str>,
    author: MaybeUndefined<AuthorId>,
    role: Option<Role>,
    disabled: Option<bool>,
}

async fn changed(
    acting: &Acting,
    act: Act,
    id: AccountId,
    expected: i64,
    change: Change<'_>,
) -> Result<Changed, Denied> {
    let transaction = acting.db.begin().await?;
    if matches!(change.author, MaybeUndefined::Value(_)) {
        // Whoever merges or deletes the author at the same time has its turn before this act or after it.
        Turn::take(&transaction).await?;
    }
    let admins = enabled_admins(&transaction).await?;
    let before = found(&transaction, id).await?;
    // Nobody rules over those who may more than themselves.
    may_give(acting, scopes_of(before.role()))?;
    if before.version != expected {
        return Err(conflict("the account", before.version));
    }
    let role = change.role.unwrap_or(before.role());
    let disabled_at = match change.disabled {
        Some(true) => before.disabled_at.or(Some(acting.now.0)),
        Some(false) => None,
        None => before.disabled_at,
    };
    if admins == [before.id] && (role != Role::Admin || disabled_at.is_some()) {
        return Err(Refusal::invalid(
            Code::WrongState,
            &["id"],
            "this is the last account that manages accounts; give somebody else the role ADMIN first",
        )
        .into());
    }
    let author = match change.author {
        MaybeUndefined::Value(author) => Some(existing(&transaction, author).await?),
        MaybeUndefined::Null => None,
        MaybeUndefined::Undefined => before.author_id,
    };
    let updated = transaction
        .execute_raw(sql(
            &transaction,
            "UPDATE account SET name = ?, author_id = ?, role = ?, disabled_at = ?, version = version + 1 \
             WHERE id = ? AND version = ?",
            [
                change.name.unwrap_or(&before.name).into(),
                author.into(),
                role.code().into(),
                disabled_at.into(),
                before.id.into(),
                expected.into(),
            ],
        ))
        .await?;
    if updated.rows_affected() == 0 {
        return Err(conflict(
            "the account",
            read(&transaction, before.id).await?.version,
        ));
    }
    if change.disabled == Some(true) {
        session::revoke_all(&transaction, acting, before.id, None).await?;
    }
    let allowed = match disabled_at {
        Some(_) => &[],
        None => scopes_of(role),
    };
    let reason = act.name();
    let tokens_revoked =
        token::revoke_beyond(&transaction, acting, before.id, allowed, reason).await?;
    let after = read(&transaction, before.id).await?;
    note(&transaction, acting, act, Some(&before), &after).await?;
    transaction.commit().await?;
    Ok(Changed {
        account: after,
        tokens_revoked,
    })
}

/// An author to link to, who must exist, or the one that it was merged into.
async fn existing(transaction: &DatabaseTransaction, author: AuthorId) -> Result<Uuid, Denied> {
    let select = sql(
        transaction,
        "SELECT id FROM author WHERE id = ? OR id IN (SELECT subject_id FROM former_id WHERE former_id = ?)",
        [author.0.into(), author.0.into()],
    );
    if let Some(row) = transaction.query_one_raw(select).await? {
        return Ok(row.try_get("", "id")?);
    }
    Err(Refusal::invalid(
        Code::Dangling,
        &["input", "author"],
        format!("there is no {author}; name an author that exists"),
    )
    .into())
}

/// Lets every account that writes as one author write as another.
///
/// # Errors
/// When the database fails.
pub async fn write_as_another(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    (author, another): (Uuid, Uuid),
) -> Result<(), DbErr> {
    let select = sql(
        transaction,
        "SELECT id FROM account WHERE author_id = ? ORDER BY id",
        [author.into()],
    );
    for row in transaction.query_all_raw(select).await? {
        let before = read(transaction, row.try_get("", "id")?).await?;
        let update = sql(
            transaction,
            "UPDATE account SET author_id = ?, version = version + 1 WHERE id = ? AND author_id = ?",
            [another.into(), before.id.into(), author.into()],
        );
        if transaction.execute_raw(update).await?.rows_affected() == 1 {
            let after = read(transaction, before.id).await?;
            note(transaction, acting, act, Some(&before), &after).await?;
        }
    }
    Ok(())
}

pub(super) fn conflict(what: &str, current: i64) -> Denied {
    Refusal::Conflict(Box::new(Conflict {
        message: format!("{what} has changed meanwhile; look at version {current} and try again"),
        current_version: current,
        saved_by: None,
        saved_at: None,
        changes: Vec::new(),
    }))
    .into()
}

/// Locks the enabled admins, so two of them cannot shut each other out at once.
async fn enabled_admins(transaction: &DatabaseTransaction) -> Result<Vec<Uuid>, DbErr> {
    let lock = match transaction.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let rows = transaction
        .query_all_raw(sql(
            transaction,
            &format!(
                "SELECT id FROM account WHERE role = ? AND disabled_at IS NULL ORDER BY id{lock}"
            ),
            [Role::Admin.code().into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

async fn found(db: &impl ConnectionTrait, id: AccountId) -> Result<Account, Denied> {
    by(db, "id", id.0.into())
        .await?
        .ok_or_else(|| Refusal::not_found("id", id).into())
}

async fn read(db: &impl ConnectionTrait, id: Uuid) -> Result<Account, DbErr> {
    by(db, "id", id.into())
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("an account has gone".to_owned()))
}

pub(super) async fn by(
    db: &impl ConnectionTrait,
    column: &str,
    value: sea_orm::Value,
) -> Result<Option<Account>, DbErr> {
    db.query_one_raw(sql(
        db,
        &format!("SELECT {} FROM account WHERE {column} = ?", columns()),
        [value],
    ))
    .await?
    .map(|row| Account::from_query_result(&row, ""))
    .transpose()
}

pub(super) async fn read_by(
    db: &Db,
    column: &str,
    value: sea_orm::Value,
) -> Result<Option<Account>, DbErr> {
    let text = format!("SELECT {} FROM account WHERE {column} = ?", columns());
    let row = db.row(&text, [value]).await?;
    row.map(|row| Account::from_query_result(&row, ""))
        .transpose()
}

/// The account with an address, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn by_email(db: &Db, email: &str) -> Result<Option<Account>, DbErr> {
    read_by(db, "login", login_of(email).into()).await
}

/// The account with an id, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn by_id(db: &Db, id: AccountId) -> Result<Option<Account>, DbErr> {
    read_by(db, "id", id.0.into()).await
}

/// The staff in the order in which they came, at most so many.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &Db, most: i64) -> Result<Vec<Account>, DbErr> {
    db.rows(
        &format!("SELECT {} FROM account ORDER BY id LIMIT ?", columns()),
        [most.into()],
    )
    .await?
    .iter()
    .map(|row| Account::from_query_result(row, ""))
    .collect()
}

fn columns() -> String {
    COLUMNS.join(", ")
}

pub(super) async fn note(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    before: Option<&Account>,
    after: &Account,
) -> Result<(), DbErr> {
    let entry = Entry {
        act,
        subject_kind: Subject::Account,
        subject: after.id,
        version: Some(after.version),
        reason: None,
        before: before.map(Account::on_record),
        after: Some(after.on_record()),
    };
    audit::note(transaction, acting, entry).await
}
