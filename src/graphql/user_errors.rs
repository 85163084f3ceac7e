//! What a mutation answers when it did nothing: errors that whoever asked can mend.

use async_graphql::{Error, Interface, SimpleObject};

use super::errors::fault;
use crate::{
    access::{
        act::Missing,
        refusal::{self, Code, Denied, Refusal},
    },
    editorial::{moment::Moment, vocabulary::Scope},
};

/// Declares the answer of a mutation: what it was about, why nothing was done, and the place in the change log.
macro_rules! payload {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: Option<$kind>,)*
            /// Why nothing was done; empty when it was done.
            pub errors: Vec<$crate::graphql::user_errors::UserError>,
            /// The place in the change log after it was done. Whoever has read the log up to here has seen it. Absent for
            /// what the log does not tell: accounts, sessions and API tokens.
            pub change_cursor: Option<String>,
        }
    };
}
pub(crate) use payload;

/// Why a mutation did nothing. Every error can be mended by whoever asked.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(
        name = "message",
        ty = "&String",
        desc = "What is wrong and how to mend it."
    ),
    field(name = "code", ty = "&Code", desc = "What sort of error it is."),
    field(
        name = "path",
        ty = "&Vec<String>",
        desc = "The argument and input field that it is about, from the outside in."
    )
)]
pub enum UserError {
    /// Something given or missing.
    ValidationError(ValidationError),
    /// Somebody was faster.
    VersionConflict(VersionConflict),
    /// A publish gate.
    GateViolation(GateViolation),
    /// A missing scope.
    NotPermitted(NotPermitted),
    /// Nothing there.
    NotFound(NotFound),
    /// Still used.
    InUse(InUse),
}

/// Something given, or something missing, stands in the way.
#[derive(Debug, Clone, SimpleObject)]
pub struct ValidationError {
    /// What is wrong and how to mend it.
    message: String,
    /// What sort of error it is.
    code: Code,
    /// The argument and input field that it is about, from the outside in.
    path: Vec<String>,
}

/// Somebody else has changed it since the version that was expected.
#[derive(Debug, Clone, SimpleObject)]
pub struct VersionConflict {
    /// What is wrong and how to mend it.
    message: String,
    /// What sort of error it is.
    code: Code,
    /// The argument and input field that it is about, from the outside in.
    path: Vec<String>,
    /// The version that stands now; expect it when you try again.
    current_version: i64,
    /// Who saved that version; absent when it was imported.
    saved_by: Option<String>,
    /// When that version was saved.
    saved_at: Option<Moment>,
    /// What reads differently from the version that was expected.
    changes: Vec<FieldChange>,
}

/// A field that reads differently.
#[derive(Debug, Clone, SimpleObject)]
pub struct FieldChange {
    /// The field, as the schema names it.
    pub field: String,
    /// What it was: the text itself, or JSON for anything else.
    pub before: Option<String>,
    /// What it is: the text itself, or JSON for anything else.
    pub after: Option<String>,
}

/// A publish gate is shut.
#[derive(Debug, Clone, SimpleObject)]
pub struct GateViolation {
    /// What is wrong and how to mend it.
    message: String,
    /// What sort of error it is.
    code: Code,
    /// The argument and input field that it is about, from the outside in.
    path: Vec<String>,
    /// The name of the gate in the configuration.
    rule: String,
}

/// Whoever asked may not do this.
#[derive(Debug, Clone, SimpleObject)]
pub struct NotPermitted {
    /// What is wrong and how to mend it.
    message: String,
    /// What sort of error it is.
    code: Code,
    /// The argument and input field that it is about, from the outside in.
    path: Vec<String>,
    /// The scope that is missing; absent when an account of the staff is wanted, whatever its role.
    missing_scope: Option<Scope>,
}

/// What it is about does not exist.
#[derive(Debug, Clone, SimpleObject)]
pub struct NotFound {
    /// What is wrong and how to mend it.
    message: String,
    /// What sort of error it is.
    code: Code,
    /// The argument and input field that it is about, from the outside in.
    path: Vec<String>,
}

/// It is used, and what is used cannot be deleted.
#[derive(Debug, Clone, SimpleObject)]
pub struct InUse {
    /// What is wrong and how to mend it.
    message: String,
    /// What sort of error it is.
    code: Code,
    /// The argument and input field that it is about, from the outside in.
    path: Vec<String>,
    /// The ids of articles, sources and accounts that use it; the first of them when there are many.
    uses: Vec<String>,
    /// How many use it.
    count: i64,
}

/// Splits what became of an act into its result and the errors of its payload.
///
/// # Errors
/// When it failed through no fault of whoever asked.
pub fn outcome<T>(result: Result<T, Denied>) -> Result<(Option<T>, Vec<UserError>), Error> {
    match result {
        Ok(done) => Ok((Some(done), Vec::new())),
        Err(Denied::Refused(refusals)) => {
            Ok((None, refusals.into_iter().map(UserError::from).collect()))
        }
        Err(Denied::Fault(error)) => Err(fault(&error)),
    }
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid {
                code,
                message,
                path,
            } => Self::ValidationError(ValidationError {
                message,
                code,
                path,
            }),
            Refusal::Conflict(conflict) => Self::VersionConflict(VersionConflict {
                message: conflict.message,
                code: Code::VersionConflict,
                path: vec!["expectedVersion".to_owned()],
                current_version: conflict.current_version,
                saved_by: conflict.saved_by,
                saved_at: conflict.saved_at,
                changes: conflict
                    .changes
                    .into_iter()
                    .map(FieldChange::from)
                    .collect(),
            }),
            Refusal::Gate {
                rule,
                message,
                path,
            } => Self::GateViolation(GateViolation {
                message,
                code: Code::GateViolation,
                path,
                rule,
            }),
            Refusal::NotPermitted(missing) => Self::NotPermitted(NotPermitted {
                message: words_of(missing),
                code: Code::NotPermitted,
                path: Vec::new(),
                missing_scope: match missing {
                    Missing::Scope(scope) => Some(scope),
                    Missing::Account => None,
                },
            }),
            Refusal::NotFound { message, path } => Self::NotFound(NotFound {
                message,
                code: Code::NotFound,
                path,
            }),
            Refusal::InUse {
                message,
                uses,
                count,
            } => Self::InUse(InUse {
                message,
                code: Code::InUse,
                path: vec!["id".to_owned()],
                uses,
                count,
            }),
        }
    }
}

impl From<refusal::FieldChange> for FieldChange {
    fn from(change: refusal::FieldChange) -> Self {
        Self {
            field: change.field,
            before: change.before,
            after: change.after,
        }
    }
}

/// What somebody who may not do something is told.
#[must_use]
pub fn words_of(missing: Missing) -> String {
    match missing {
        Missing::Scope(scope) => format!(
            "this takes the scope {}; sign in as somebody who has it, or use a token that does",
            scope.as_str()
        ),
        Missing::Account => "this takes an account of the staff; sign in".to_owned(),
    }
}
