//! How a field fails.
//!
//! What the client can mend is said; what is ours is logged once and shown as `INTERNAL`, so no SQL and no path gets out.

use async_graphql::{Error, ErrorExtensions};
use sea_orm::DbErr;

/// What the client can mend; `code` is one of the documented ones.
#[must_use]
pub fn invalid(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(message.into()).extend_with(|_, extensions| extensions.set("code", code))
}

/// An argument that cannot be used.
#[must_use]
pub fn invalid_argument(message: impl Into<String>) -> Error {
    invalid("INVALID_ARGUMENT", message)
}

/// A fault of ours, or of the database.
#[must_use]
pub fn fault(error: &DbErr) -> Error {
    let text = error.to_string();
    // SQLite says "interrupted", PostgreSQL "canceling statement due to statement timeout" (57014).
    if text.contains("interrupted") || text.contains("statement timeout") {
        tracing::warn!(error = text, "a statement took too long");
        return invalid("TIMEOUT", "the query takes too long; ask for less at once");
    }
    tracing::error!(error = text, "the database failed");
    invalid(
        "INTERNAL",
        "something went wrong on our side; the request id leads us to it",
    )
}
