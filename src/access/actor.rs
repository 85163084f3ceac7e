//! Who acts.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use crate::{
    editorial::{
        identity::{AccountId, SessionId, TokenId},
        moment::Moment,
        vocabulary::{Role, Scope},
    },
    platform::db::Db,
};

/// Who acts, as found out once for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The member of the staff.
    pub account: Option<AccountId>,
    /// The program.
    pub token: Option<TokenId>,
    /// The signed-in device.
    pub session: Option<SessionId>,
    /// How the audit log and the history name it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The request.
    pub request: Option<String>,
}

impl Actor {
    /// Anybody: may read what is published.
    #[must_use]
    pub fn nobody() -> Self {
        Self {
            account: None,
            token: None,
            session: None,
            name: "anonymous".to_owned(),
            scopes: Vec::new(),
            address: None,
            user_agent: None,
            request: None,
        }
    }

    /// Dateline itself, or whoever runs its commands on the server: may do everything.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scopes: Scope::ALL.to_vec(),
            ..Self::nobody()
        }
    }

    /// A member of the staff.
    #[must_use]
    pub fn staff(account: AccountId, name: &str, role: Role) -> Self {
        Self {
            account: Some(account),
            name: name.to_owned(),
            scopes: scopes_of(role).to_vec(),
            ..Self::nobody()
        }
    }

    /// Whether this is nobody in particular.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.account.is_none() && self.token.is_none() && self.scopes.is_empty()
    }

    /// Where the request came from, as far as addresses are counted: whoever has one address of IPv6 has all that begin
    /// with the same 64 bits.
    #[must_use]
    pub fn neighbourhood(&self) -> Option<IpAddr> {
        Some(match self.address?.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address @ IpAddr::V4(_) => address,
        })
    }

    /// Under which identity answers are kept for those who repeat a request.
    #[must_use]
    pub fn identity(&self) -> uuid::Uuid {
        match (self.token, self.account) {
            (Some(token), _) => token.0,
            (None, Some(account)) => account.0,
            (None, None) => uuid::Uuid::nil(),
        }
    }
}

/// What a role allows.
#[must_use]
pub fn scopes_of(role: Role) -> &'static [Scope] {
    use Scope::{
        AccountsManage, ArticlesPublish, ArticlesWithdraw, ArticlesWrite, AuditRead,
        CatalogueMerge, CatalogueWrite, DraftsRead, GatesOverride, TokensManage,
    };
    match role {
        Role::Reporter => &[DraftsRead, ArticlesWrite, CatalogueWrite],
        Role::Editor => &[
            DraftsRead,
            ArticlesWrite,
            ArticlesPublish,
            ArticlesWithdraw,
            GatesOverride,
            CatalogueWrite,
            CatalogueMerge,
        ],
        Role::Admin => &[
            DraftsRead,
            ArticlesWrite,
            ArticlesPublish,
            ArticlesWithdraw,
            GatesOverride,
            CatalogueWrite,
            CatalogueMerge,
            AccountsManage,
            TokensManage,
            AuditRead,
        ],
    }
}

/// Who acts, when and where: what every command needs.
#[derive(Debug, Clone)]
pub struct Acting {
    /// The database.
    pub db: Db,
    /// The one moment at which everything in the command happens.
    pub now: Moment,
    /// Who.
    pub who: Arc<Actor>,
}
