//! Signing in, the staff, API tokens and the audit log.

use std::sync::Arc;

use async_graphql::{
    ComplexObject, Context, Error, ErrorExtensions, ID, InputObject, MaybeUndefined, Object,
    SimpleObject,
};
use uuid::Uuid;

use super::store::{self, cursor_of};

use crate::{
    access::{
        account::{self, Changed, NewAccount, Update},
        act::Missing,
        audit::{self, Subject, entity},
        keys::Keys,
        session::{self, SignedIn},
        token,
    },
    content::{acting, author::graphql::Author, reading::Reading, resolve::id_of},
    editorial::{
        identity::{AccountId, AuthorId, EntryId, TokenId, parse},
        moment::Moment,
        vocabulary::{Role, Scope},
    },
    graphql::{
        connection::{PageArguments, connection},
        errors::{fault, invalid, invalid_argument},
        user_errors::{outcome, payload, words_of},
    },
};

/// A member of the staff.
#[derive(Clone, SimpleObject)]
#[graphql(complex, cache_control(private))]
pub struct Account {
    /// Its lasting identity.
    id: ID,
    /// Its name.
    name: String,
    /// Its address for mail, with which it signs in; for somebody who signs in elsewhere it is only for reading, and may be empty.
    email: String,
    /// What it is trusted with.
    role: Role,
    /// Its version; expect it when you change the account.
    version: i64,
    /// When it was created.
    created_at: Moment,
    /// When it was shut out; absent while it may sign in.
    disabled_at: Option<Moment>,
    /// When it last signed in.
    last_sign_in_at: Option<Moment>,
    #[graphql(skip)]
    author_id: Option<Uuid>,
}

#[ComplexObject]
impl Account {
    /// The author that it writes as; drafts that it begins are by this author unless they name others.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Author>, Error> {
        let Some(id) = self.author_id else {
            return Ok(None);
        };
        let mut found = Reading::of(ctx).nouns(vec![id]).await?;
        Ok(found.pop().map(Author))
    }
}

impl From<account::Account> for Account {
    fn from(row: account::Account) -> Self {
        Self {
            id: ID(AccountId(row.id).to_string()),
            role: row.role(),
            name: row.name,
            email: row.email,
            version: row.version,
            created_at: Moment(row.created_at),
            disabled_at: row.disabled_at.map(Moment),
            last_sign_in_at: row.last_sign_in_at.map(Moment),
            author_id: row.author_id,
        }
    }
}

/// What a program signs in with.
#[derive(Clone, SimpleObject)]
#[graphql(cache_control(private))]
pub struct ApiToken {
    /// Its lasting identity.
    id: ID,
    /// What it is for.
    name: String,
    /// The beginning of its secret, to tell it from others.
    hint: String,
    /// What it allows.
    scopes: Vec<Scope>,
    /// Its version; expect it when you change the token.
    version: i64,
    /// When it was created.
    created_at: Moment,
    /// Until when it holds; absent when it holds until it is taken back.
    expires_at: Option<Moment>,
    /// When it was last used, to the minute.
    last_used_at: Option<Moment>,
    /// When it was taken back.
    revoked_at: Option<Moment>,
    /// Until when the former secret holds.
    previous_until: Option<Moment>,
    /// The account that got its newest secret; the token allows no more than this account may do, and is taken back when
    /// the account is shut out or may not create it any more.
    held_by: Option<ID>,
}

connection! {
    /// A page of accounts.
    AccountConnection,
    /// An account and its place in the list.
    AccountEdge, Account, "accounts"
}

connection! {
    /// A page of API tokens.
    ApiTokenConnection,
    /// An API token and its place in the list.
    ApiTokenEdge, ApiToken, "API tokens"
}

impl From<token::Token> for ApiToken {
    fn from(row: token::Token) -> Self {
        Self {
            id: ID(TokenId(row.id).to_string()),
            scopes: row.scopes(),
            name: row.name,
            hint: row.hint,
            version: row.version,
            created_at: Moment(row.created_at),
            expires_at: row.expires_at.map(Moment),
            last_used_at: row.last_used_at.map(Moment),
            revoked_at: row.revoked_at.map(Moment),
            previous_until: row.previous_until.map(Moment),
            held_by: row.held_by.map(|id| ID(AccountId(id).to_string())),
        }
    }
}

/// Who asks.
#[derive(SimpleObject)]
#[graphql(cache_control(private))]
pub struct Actor {
    /// The account or the API token; absent for anybody else.
    id: Option<ID>,
    /// The name.
    name: String,
    /// What may be done.
    scopes: Vec<Scope>,
    /// The account, when a member of the staff asks.
    account: Option<Account>,
}

/// One act on record.
#[derive(SimpleObject)]
#[graphql(cache_control(private))]
pub struct AuditEntry {
    /// Its lasting identity.
    id: ID,
    /// When it was done.
    at: Moment,
    /// The mutation.
    act: String,
    /// What sort of thing it was about.
    subject_kind: Option<Subject>,
    /// The thing that it was about.
    subject: ID,
    /// The version of the thing afterwards.
    version: Option<i64>,
    /// The name of who did it.
    actor: String,
    /// The account or API token that did it; absent for whoever runs the server.
    actor_id: Option<ID>,
    /// Where the request came from.
    address: Option<String>,
    /// The id of the request.
    request: Option<String>,
    /// Why, as whoever did it said.
    reason: Option<String>,
    /// What it was before, as JSON without secrets.
    before: Option<String>,
    /// What it was afterwards, as JSON without secrets.
    after: Option<String>,
}

impl From<entity::Model> for AuditEntry {
    fn from(row: entity::Model) -> Self {
        let subject = row.subject();
        let token = row.token_id.map(|id| TokenId(id).to_string());
        let actor_id = token.or_else(|| row.account_id.map(|id| AccountId(id).to_string()));
        Self {
            id: ID(EntryId(row.id).to_string()),
            at: Moment(row.at),
            act: row.act,
            subject_kind: Subject::of_code(row.subject_kind),
            subject: ID(subject),
            version: row.version,
            actor: row.actor,
            actor_id: actor_id.map(ID),
            address: row.address,
            request: row.request,
            reason: row.reason,
            before: row.before,
            after: row.after,
        }
    }
}

/// What opens the API to somebody who signed in.
#[derive(SimpleObject)]
pub struct Credentials {
    /// Send it as `Authorization: Bearer` with every request.
    access_token: String,
    /// Until when the access token holds.
    expires_at: Moment,
    /// Exchange it for new credentials before or after that; it is good for one exchange.
    refresh_token: String,
}

/// Whom to create.
#[derive(InputObject)]
pub struct AccountInput {
    /// The name.
    name: String,
    /// The address for mail, with which it signs in.
    email: String,
    /// What it is trusted with; never more than you are.
    role: Role,
    /// The password, of 12 to 256 characters.
    password: String,
}

/// What to change of an account. What is left out stays as it is.
#[derive(InputObject)]
pub struct AccountChange {
    /// The name.
    name: Option<String>,
    /// The id of the author that it writes as; null for none.
    author: MaybeUndefined<ID>,
}

/// Which token to create.
#[derive(InputObject)]
pub struct ApiTokenInput {
    /// What it is for.
    name: String,
    /// What it allows; never more than you may do.
    scopes: Vec<Scope>,
    /// Until when it holds; until it is taken back unless given.
    expires_at: MaybeUndefined<Moment>,
}

macro_rules! account_payloads {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        payload! {
            $(#[$meta])*
            $name {
                /// The account as it is now.
                account: Account,
            }
        }

        impl $name {
            fn of(result: Result<account::Account, crate::access::refusal::Denied>) -> Result<Self, Error> {
                let (account, errors) = outcome(result)?;
                Ok(Self { account: account.map(Account::from), errors, change_cursor: None })
            }
        }
    )+};
}

account_payloads! {
    /// What came of changing a password.
    PasswordChangePayload;
    /// What came of creating an account.
    AccountCreatePayload;
    /// What came of changing an account.
    AccountUpdatePayload;
    /// What came of letting an account in again.
    AccountEnablePayload;
    /// What came of ending the sessions of an account.
    AccountSignOutPayload;
}

macro_rules! narrowing_payloads {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        payload! {
            $(#[$meta])*
            $name {
                /// The account as it is now.
                account: Account,
                /// How many API tokens that it held were taken back with it.
                api_tokens_revoked: i32,
            }
        }

        impl $name {
            fn of(result: Result<Changed, crate::access::refusal::Denied>) -> Result<Self, Error> {
                let (done, errors) = outcome(result)?;
                let (account, api_tokens_revoked) =
                    done.map(|done| (done.account.into(), done.tokens_revoked)).unzip();
                Ok(Self { account, api_tokens_revoked, errors, change_cursor: None })
            }
        }
    )+};
}

narrowing_payloads! {
    /// What came of giving a role.
    AccountRoleSetPayload;
    /// What came of shutting an account out.
    AccountDisablePayload;
}

macro_rules! signed_in_payloads {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        payload! {
            $(#[$meta])*
            $name {
                /// Who signed in.
                account: Account,
                /// What opens the API.
                credentials: Credentials,
            }
        }

        impl $name {
            fn of(result: Result<SignedIn, crate::access::refusal::Denied>) -> Result<Self, Error> {
                let (done, errors) = outcome(result)?;
                let (account, credentials) = split(done);
                Ok(Self { account, credentials, errors, change_cursor: None })
            }
        }
    )+};
}

signed_in_payloads! {
    /// What came of signing in.
    SignInPayload;
    /// What came of exchanging a refresh token.
    SessionRefreshPayload;
}

fn split(done: Option<SignedIn>) -> (Option<Account>, Option<Credentials>) {
    done.map(|done| {
        let credentials = Credentials {
            access_token: done.access_token,
            expires_at: done.expires_at,
            refresh_token: done.refresh_token,
        };
        (done.account.into(), credentials)
    })
    .unzip()
}

payload! {
    /// What came of signing out.
    SignOutPayload {}
}

payload! {
    /// What came of signing out everywhere.
    SignOutEverywherePayload {}
}

payload! {
    /// What came of creating a token.
    ApiTokenCreatePayload {
        /// The token.
        api_token: ApiToken,
        /// Its secret, which is shown this once.
        secret: String,
    }
}

payload! {
    /// What came of giving a token a new secret.
    ApiTokenRotatePayload {
        /// The token.
        api_token: ApiToken,
        /// Its new secret, which is shown this once.
        secret: String,
    }
}

payload! {
    /// What came of taking a token back.
    ApiTokenRevokePayload {
        /// The token.
        api_token: ApiToken,
    }
}

fn account_id(id: &ID) -> Result<AccountId, Error> {
    id.parse()
        .map_err(|message: String| invalid("INVALID_ID", message))
}

fn token_id(id: &ID) -> Result<TokenId, Error> {
    id.parse()
        .map_err(|message: String| invalid("INVALID_ID", message))
}

fn wants(ctx: &Context<'_>, scope: Scope) -> Result<(), Error> {
    acting(ctx).who.has(scope).map_err(|missing: Missing| {
        invalid("NOT_PERMITTED", words_of(missing))
            .extend_with(|_, extensions| extensions.set("missingScope", scope.as_str()))
    })
}

/// Mutations of accounts, sessions and tokens.
#[derive(Default)]
pub struct AccountMutation;

/// Mutations of accounts, sessions and tokens.
#[Object]
impl AccountMutation {
    /// Signs in. The refusal is the same for a wrong password and for an address that nobody has.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address of the account.")] email: String,
        #[graphql(desc = "The password.")] password: String,
    ) -> Result<SignInPayload, Error> {
        let keys = ctx.data_unchecked::<Arc<Keys>>();
        SignInPayload::of(session::sign_in(acting(ctx), keys, &email, &password).await)
    }

    /// Exchanges a refresh token for new credentials. Using one twice ends its session.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The newest refresh token of the session.")] refresh_token: String,
    ) -> Result<SessionRefreshPayload, Error> {
        let keys = ctx.data_unchecked::<Arc<Keys>>();
        SessionRefreshPayload::of(session::refresh(acting(ctx), keys, &refresh_token).await)
    }

    /// Ends the session of a refresh token.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A refresh token of the session.")] refresh_token: String,
    ) -> Result<SignOutPayload, Error> {
        let (_, errors) = outcome(session::sign_out(acting(ctx), &refresh_token).await)?;
        Ok(SignOutPayload {
            errors,
            change_cursor: None,
        })
    }

    /// Ends every session of your own account.
    async fn sign_out_everywhere(
        &self,
        ctx: &Context<'_>,
    ) -> Result<SignOutEverywherePayload, Error> {
        let (_, errors) = outcome(session::sign_out_everywhere(acting(ctx)).await)?;
        Ok(SignOutEverywherePayload {
            errors,
            change_cursor: None,
        })
    }

    /// Changes your own password and ends your other sessions.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password that you have.")] present_password: String,
        #[graphql(desc = "The password that you want, of 12 to 256 characters.")]
        new_password: String,
    ) -> Result<PasswordChangePayload, Error> {
        PasswordChangePayload::of(
            session::change_password(acting(ctx), &present_password, &new_password).await,
        )
    }

    /// Creates an account.
    async fn account_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to create.")] input: AccountInput,
    ) -> Result<AccountCreatePayload, Error> {
        let new = NewAccount {
            name: input.name,
            email: input.email,
            role: input.role,
            password: input.password,
        };
        AccountCreatePayload::of(account::create(acting(ctx), new).await)
    }

    /// Changes an account: its name, and the author that it writes as.
    async fn account_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "What to change.")] input: AccountChange,
    ) -> Result<AccountUpdatePayload, Error> {
        let id = account_id(&id)?;
        let author = match input.author {
            MaybeUndefined::Undefined => MaybeUndefined::Undefined,
            MaybeUndefined::Null => MaybeUndefined::Null,
            MaybeUndefined::Value(author) => {
                MaybeUndefined::Value(AuthorId(id_of(&author, AuthorId::PREFIX)?))
            }
        };
        let update = Update {
            name: input.name,
            author,
        };
        AccountUpdatePayload::of(account::update(acting(ctx), id, expected_version, update).await)
    }

    /// Gives an account a role, and takes back the API tokens that it holds and could not create in that role.
    async fn account_role_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(desc = "The role; never more than you may do.")] role: Role,
    ) -> Result<AccountRoleSetPayload, Error> {
        let id = account_id(&id)?;
        AccountRoleSetPayload::of(account::set_role(acting(ctx), id, expected_version, role).await)
    }

    /// Shuts an account out, ends its sessions and takes back the API tokens that it holds.
    async fn account_disable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
    ) -> Result<AccountDisablePayload, Error> {
        let id = account_id(&id)?;
        AccountDisablePayload::of(account::disable(acting(ctx), id, expected_version).await)
    }

    /// Lets an account in again. Its former sessions and API tokens stay ended.
    async fn account_enable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
    ) -> Result<AccountEnablePayload, Error> {
        let id = account_id(&id)?;
        AccountEnablePayload::of(account::enable(acting(ctx), id, expected_version).await)
    }

    /// Ends every session of an account. The account itself stays as it is, in the same version.
    async fn account_sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
    ) -> Result<AccountSignOutPayload, Error> {
        let id = account_id(&id)?;
        AccountSignOutPayload::of(account::sign_out(acting(ctx), id, expected_version).await)
    }

    /// Creates an API token.
    async fn api_token_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token.")] input: ApiTokenInput,
    ) -> Result<ApiTokenCreatePayload, Error> {
        let expires_at = input.expires_at.take();
        let made = token::create(acting(ctx), &input.name, &input.scopes, expires_at).await;
        let (made, errors) = outcome(made)?;
        let (token, secret) = made.unzip();
        Ok(ApiTokenCreatePayload {
            api_token: token.map(ApiToken::from),
            secret,
            errors,
            change_cursor: None,
        })
    }

    /// Gives an API token a new secret.
    async fn api_token_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
        #[graphql(
            desc = "For how many minutes the former secret still holds.",
            default = 60
        )]
        overlap_minutes: i32,
    ) -> Result<ApiTokenRotatePayload, Error> {
        let id = token_id(&id)?;
        let overlap = i64::from(overlap_minutes);
        let made = token::rotate(acting(ctx), id, expected_version, overlap).await;
        let (made, errors) = outcome(made)?;
        let (token, secret) = made.unzip();
        Ok(ApiTokenRotatePayload {
            api_token: token.map(ApiToken::from),
            secret,
            errors,
            change_cursor: None,
        })
    }

    /// Takes an API token back at once.
    async fn api_token_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token.")] id: ID,
        #[graphql(desc = "The version that you have seen.")] expected_version: i64,
    ) -> Result<ApiTokenRevokePayload, Error> {
        let id = token_id(&id)?;
        let (token, errors) = outcome(token::revoke(acting(ctx), id, expected_version).await)?;
        Ok(ApiTokenRevokePayload {
            api_token: token.map(ApiToken::from),
            errors,
            change_cursor: None,
        })
    }
}

/// Who asks, as the schema shows it.
///
/// # Errors
/// When the database fails.
pub async fn viewer(ctx: &Context<'_>) -> Result<Actor, Error> {
    let acting = acting(ctx);
    let who = &acting.who;
    let account = match who.account {
        Some(id) => account::by_id(&acting.db, id)
            .await
            .map_err(|error| fault(&error))?,
        None => None,
    };
    let token = who.token.map(|id| id.to_string());
    Ok(Actor {
        id: token
            .or_else(|| who.account.map(|id| id.to_string()))
            .map(ID),
        name: who.name.clone(),
        scopes: who.scopes.clone(),
        account: account.map(Account::from),
    })
}

/// A page of the staff, in the order in which they came.
///
/// # Errors
/// When the scope is missing or an argument cannot be used.
pub async fn accounts(ctx: &Context<'_>, page: PageArguments) -> Result<AccountConnection, Error> {
    wants(ctx, Scope::AccountsManage)?;
    let (page, counter, list) = store::page::<account::Account>(&acting(ctx).db, page).await?;
    Ok(AccountConnection::new(page, counter, |row| {
        (cursor_of(&row, list), row.into())
    }))
}

/// A page of the API tokens, the newest first.
///
/// # Errors
/// When the scope is missing or an argument cannot be used.
pub async fn api_tokens(
    ctx: &Context<'_>,
    page: PageArguments,
) -> Result<ApiTokenConnection, Error> {
    wants(ctx, Scope::TokensManage)?;
    let (page, counter, list) = store::page::<token::Token>(&acting(ctx).db, page).await?;
    Ok(ApiTokenConnection::new(page, counter, |row| {
        (cursor_of(&row, list), row.into())
    }))
}

/// The newest entries of the audit log behind another one.
///
/// # Errors
/// When the scope is missing or an argument cannot be used.
pub async fn audit_log(
    ctx: &Context<'_>,
    first: i32,
    after: Option<ID>,
    subject: Option<ID>,
    actor: Option<ID>,
) -> Result<Vec<AuditEntry>, Error> {
    wants(ctx, Scope::AuditRead)?;
    let Ok(most @ 0..=100) = u32::try_from(first) else {
        return Err(invalid_argument("first: give a number from 0 to 100"));
    };
    let unreadable = |message: String| invalid("INVALID_ID", message);
    let mut wanted = audit::Wanted {
        most,
        ..audit::Wanted::default()
    };
    if let Some(after) = after {
        wanted.before = Some(after.parse::<EntryId>().map_err(unreadable)?.0);
    }
    if let Some(subject) = subject {
        wanted.subject = Some(parse(&subject).map_err(unreadable)?.1);
    }
    if let Some(actor) = actor {
        let (prefix, id) = parse(&actor).map_err(unreadable)?;
        if prefix == TokenId::PREFIX {
            wanted.token = Some(id);
        } else {
            wanted.account = Some(id);
        }
    }
    let rows = audit::entries(&acting(ctx).db, wanted)
        .await
        .map_err(|error| fault(&error))?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}
