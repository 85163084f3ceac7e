//! Everything that changes something, and who may do it: the one table.

use super::actor::Actor;
use crate::editorial::vocabulary::Scope;

/// Who may do an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// Anybody.
    Anybody,
    /// Any member of the staff, for themselves.
    Staff,
    /// Whoever has this scope.
    Whoever(Scope),
}

macro_rules! acts {
    ($($(#[$meta:meta])* $act:ident = $name:literal, $leave:expr;)+) => {
        /// Something that can be done. Each mutation of the schema is one of them and bears its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act { $($(#[$meta])* $act,)+ }

        impl Act {
            /// Every act.
            pub const ALL: &[Self] = &[$(Self::$act),+];

            /// Its name in the schema and in the audit log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$act => $name),+ }
            }

            /// Who may do it.
            #[must_use]
            pub const fn leave(self) -> Leave {
                match self { $(Self::$act => $leave),+ }
            }
        }
    };
}

use Leave::{Anybody, Staff, Whoever};
use Scope::{
    AccountsManage, ArticlesPublish, ArticlesWithdraw, ArticlesWrite, CatalogueMerge,
    CatalogueWrite, DraftsRead, TokensManage,
};

acts! {
    /// Sign in with a password.
    SignIn = "signIn", Anybody;
    /// Exchange a refresh token for new tokens.
    SessionRefresh = "sessionRefresh", Anybody;
    /// End a session.
    SignOut = "signOut", Anybody;
    /// End every session of one's own account.
    SignOutEverywhere = "signOutEverywhere", Staff;
    /// Change one's own password.
    PasswordChange = "passwordChange", Staff;
    /// Create an account.
    AccountCreate = "accountCreate", Whoever(AccountsManage);
    /// Change an account's name.
    AccountUpdate = "accountUpdate", Whoever(AccountsManage);
    /// Give an account a role.
    AccountRoleSet = "accountRoleSet", Whoever(AccountsManage);
    /// Shut an account out.
    AccountDisable = "accountDisable", Whoever(AccountsManage);
    /// Let an account in again.
    AccountEnable = "accountEnable", Whoever(AccountsManage);
    /// End every session of an account.
    AccountSignOut = "accountSignOut", Whoever(AccountsManage);
    /// Create an API token.
    ApiTokenCreate = "apiTokenCreate", Whoever(TokensManage);
    /// Give an API token a new secret.
    ApiTokenRotate = "apiTokenRotate", Whoever(TokensManage);
    /// Take an API token back.
    ApiTokenRevoke = "apiTokenRevoke", Whoever(TokensManage);

    /// Begin an article.
    ArticleDraftCreate = "articleDraftCreate", Whoever(ArticlesWrite);
    /// Write on.
    ArticleDraftUpdate = "articleDraftUpdate", Whoever(ArticlesWrite);
    /// Give a draft up.
    ArticleDraftDiscard = "articleDraftDiscard", Whoever(ArticlesWrite);
    /// Hand a draft in.
    ArticleDraftSubmit = "articleDraftSubmit", Whoever(ArticlesWrite);
    /// Send a draft back.
    ArticleDraftReturn = "articleDraftReturn", Whoever(ArticlesPublish);
    /// Make an earlier revision the draft.
    ArticleRevisionRestore = "articleRevisionRestore", Whoever(ArticlesWrite);
    /// Sign a link to a draft.
    ArticlePreviewCreate = "articlePreviewCreate", Whoever(DraftsRead);
    /// Publish.
    ArticlePublish = "articlePublish", Whoever(ArticlesPublish);
    /// Publish at a time.
    ArticleSchedule = "articleSchedule", Whoever(ArticlesPublish);
    /// Take the time back.
    ArticleUnschedule = "articleUnschedule", Whoever(ArticlesPublish);
    /// Publish a correction, with its notice.
    ArticleCorrect = "articleCorrect", Whoever(ArticlesPublish);
    /// Replace what readers have, without a notice.
    ArticleUpdatePublished = "articleUpdatePublished", Whoever(ArticlesPublish);
    /// Take a body back, with a notice.
    ArticleRetract = "articleRetract", Whoever(ArticlesWithdraw);
    /// Take an article from the readers.
    ArticleWithdraw = "articleWithdraw", Whoever(ArticlesWithdraw);
    /// Bring a retracted or withdrawn article back.
    ArticleRestore = "articleRestore", Whoever(ArticlesWithdraw);

    /// Create an author.
    AuthorCreate = "authorCreate", Whoever(CatalogueWrite);
    /// Change an author.
    AuthorUpdate = "authorUpdate", Whoever(CatalogueWrite);
    /// Make an author part of another one.
    AuthorMerge = "authorMerge", Whoever(CatalogueMerge);
    /// Delete an author that nothing uses.
    AuthorDelete = "authorDelete", Whoever(CatalogueMerge);
    /// Create a tag.
    TagCreate = "tagCreate", Whoever(CatalogueWrite);
    /// Change a tag.
    TagUpdate = "tagUpdate", Whoever(CatalogueWrite);
    /// Make a tag part of another one.
    TagMerge = "tagMerge", Whoever(CatalogueMerge);
    /// Delete a tag that nothing uses.
    TagDelete = "tagDelete", Whoever(CatalogueMerge);
    /// Create a source.
    SourceCreate = "sourceCreate", Whoever(CatalogueWrite);
    /// Change a source.
    SourceUpdate = "sourceUpdate", Whoever(CatalogueWrite);
    /// Make a source part of another one.
    SourceMerge = "sourceMerge", Whoever(CatalogueMerge);
    /// Delete a source that nothing uses.
    SourceDelete = "sourceDelete", Whoever(CatalogueMerge);
}

impl Actor {
    /// Whether this actor may do this.
    ///
    /// # Errors
    /// What is missing.
    pub fn may(&self, act: Act) -> Result<(), Missing> {
        match act.leave() {
            Anybody => Ok(()),
            Staff if self.account.is_some() && self.token.is_none() => Ok(()),
            Staff => Err(Missing::Account),
            Whoever(scope) => self.has(scope),
        }
    }

    /// Whether this actor has a scope.
    ///
    /// # Errors
    /// What is missing.
    pub fn has(&self, scope: Scope) -> Result<(), Missing> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Missing::Scope(scope))
        }
    }
}

/// What an actor lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// This scope.
    Scope(Scope),
    /// An account of the staff: neither nobody nor a program will do.
    Account,
}
