//! Who may see and do what.
//!
//! A viewer is an entitlement that becomes part of every statement; there is no check after the rows were read.
//! An actor has scopes, the table of acts says which scope an act takes, and an act that is refused says what to mend.

pub mod account;
pub mod act;
pub mod actor;
pub mod audit;
pub mod keys;
pub mod oidc;
pub mod once;
pub mod password;
pub mod pruning;
pub mod refusal;
pub mod secret;
pub mod session;
pub mod throttle;
pub mod token;

pub use self::actor::{Acting, Actor};

use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::editorial::moment::Moment;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody; sees what is published.
    Anonymous,
}

impl Viewer {
    /// The condition that a row of the table or alias `rows`, with its `published_at`, must meet to exist for this
    /// viewer at this moment.
    #[must_use]
    pub fn may_see(&self, rows: &'static str, now: Moment) -> Condition {
        match self {
            // Adding nothing keeps the bound out of the choice of an index: few articles lie in the future, and SQLite would
            // begin every walk there instead of at its cursor.
            Self::Anonymous => {
                Condition::all().add(Expr::col((rows, "published_at")).add(0).lte(now.0))
            }
        }
    }
}
