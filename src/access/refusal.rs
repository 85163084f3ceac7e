//! How an act is refused: with everything that whoever asked needs to mend it.

use sea_orm::DbErr;

use super::act::Missing;
use crate::editorial::moment::Moment;

/// Why an act was refused; the asker can mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Something given, or something missing, stands in the way.
    Invalid {
        /// Which rule.
        code: Code,
        /// What is wrong and how to mend it.
        message: String,
        /// The input field, from the outside in.
        path: Vec<String>,
    },
    /// Somebody else has changed it meanwhile.
    Conflict(Box<Conflict>),
    /// A publish gate is shut.
    Gate {
        /// The gate's name in the configuration.
        rule: String,
        /// What is wrong and how to mend it.
        message: String,
        /// The field that it looks at.
        path: Vec<String>,
    },
    /// The asker may not do this.
    NotPermitted(Missing),
    /// What it is about does not exist.
    NotFound {
        /// What was looked for.
        message: String,
        /// The argument that named it.
        path: Vec<String>,
    },
    /// It is used and cannot be deleted.
    InUse {
        /// What is wrong and how to mend it.
        message: String,
        /// Printed ids of articles and sources that use it; the first of them when there are many.
        uses: Vec<String>,
        /// How many there are.
        count: i64,
    },
}

/// What somebody else did meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What was named and how to mend it.
    pub message: String,
    /// The version that stands now.
    pub current_version: i64,
    /// Who saved it, if anybody knows.
    pub saved_by: Option<String>,
    /// When.
    pub saved_at: Option<Moment>,
    /// What reads differently from the expected version.
    pub changes: Vec<FieldChange>,
}

/// A field that reads differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What it was: the text itself, or JSON for anything else.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

macro_rules! codes {
    ($($(#[$meta:meta])* $code:ident = $text:literal;)+) => {
        /// What sort of refusal it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
        #[graphql(name = "UserErrorCode")]
        pub enum Code { $($(#[$meta])* #[graphql(name = $text)] $code,)+ }
    };
}

codes! {
    /// A field is missing or empty.
    Required = "REQUIRED";
    /// A field cannot be used as it is.
    Invalid = "INVALID";
    /// A field is longer or larger than allowed.
    TooLong = "TOO_LONG";
    /// Somebody or something else has this name already.
    Taken = "TAKEN";
    /// Something that the input names does not exist.
    Dangling = "DANGLING";
    /// The act does not fit the state that the thing is in.
    WrongState = "WRONG_STATE";
    /// The idempotency key was used with another input.
    KeyReused = "KEY_REUSED";
    /// The version expected is not the one that stands.
    VersionConflict = "VERSION_CONFLICT";
    /// A publish gate is shut.
    GateViolation = "GATE_VIOLATION";
    /// A scope is missing.
    NotPermitted = "NOT_PERMITTED";
    /// It does not exist.
    NotFound = "NOT_FOUND";
    /// It is used and cannot be deleted.
    InUse = "IN_USE";
    /// Name and password, or the refresh token, do not fit.
    BadCredentials = "BAD_CREDENTIALS";
    /// Too many attempts; wait.
    TooManyAttempts = "TOO_MANY_ATTEMPTS";
}

/// Why an act did not happen.
#[derive(Debug)]
pub enum Denied {
    /// It was refused; every reason that can be told at once.
    Refused(Vec<Refusal>),
    /// The database failed; nothing happened.
    Fault(DbErr),
}

impl From<DbErr> for Denied {
    fn from(error: DbErr) -> Self {
        Self::Fault(error)
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Missing> for Denied {
    fn from(missing: Missing) -> Self {
        Refusal::NotPermitted(missing).into()
    }
}

impl Refusal {
    /// Something given, or something missing, stands in the way.
    pub fn invalid(code: Code, path: &[&str], message: impl Into<String>) -> Self {
        Self::Invalid {
            code,
            message: message.into(),
            path: path.iter().map(|part| (*part).to_owned()).collect(),
        }
    }

    /// What it is about does not exist.
    pub fn not_found(argument: &str, id: impl std::fmt::Display) -> Self {
        Self::NotFound {
            message: format!("there is no {id}"),
            path: vec![argument.to_owned()],
        }
    }
}
