//! Why a request was not executed, in words and codes a client can act on.
//!
//! A refusal is always something the client can mend; faults of ours never take this form.

use async_graphql::{ErrorExtensionValues, Pos, ServerError, parser};
use axum::http::StatusCode;

/// A request, or a document in it, that is turned away before it is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The value of `extensions.code`.
    pub code: &'static str,
    /// One sentence for the person who reads it.
    pub message: String,
    /// The places in the document that it is about.
    pub locations: Vec<Pos>,
    /// The limit that was passed, if that is the reason.
    pub limit: Option<PassedLimit>,
    /// The status for what is wrong with the HTTP request itself; `None` when only the document is refused.
    pub status: Option<StatusCode>,
    /// The methods that would do, where the method is what is wrong.
    pub allow: Option<&'static str>,
}

/// A limit with what was measured against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedLimit {
    /// The limit's name, as in [`Limits`](super::limits::Limits).
    pub name: &'static str,
    /// What the request asked for.
    pub measured: u64,
    /// What is allowed.
    pub maximum: u64,
}

impl Refusal {
    /// A request that is wrong as HTTP, whatever the document says.
    #[must_use]
    pub fn of_request(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::of_document(code, message).with_status(status)
    }

    /// A request by a method that does not do here.
    #[must_use]
    pub fn of_method(message: impl Into<String>, allow: &'static str) -> Self {
        let mut refusal = Self::of_request(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            message,
        );
        refusal.allow = Some(allow);
        refusal
    }

    /// A request whose parameters do not have the prescribed form.
    #[must_use]
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::of_request(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// A request that names no document.
    #[must_use]
    pub fn no_query() -> Self {
        Self::malformed(
            "the parameter `query` is missing; a document that the server knows can be named by `documentId` instead",
        )
    }

    /// A request that its client sends again in another form, and whose status must not alarm anybody in between.
    #[must_use]
    pub fn retried(code: &'static str, message: &str) -> Self {
        Self::of_request(StatusCode::OK, code, message)
    }

    /// A document that breaks a rule of the language.
    #[must_use]
    pub fn invalid(message: impl Into<String>, locations: Vec<Pos>) -> Self {
        let mut refusal = Self::of_document("GRAPHQL_VALIDATION_FAILED", message);
        refusal.locations = locations;
        refusal
    }

    /// A document in which the wanted operation cannot be run.
    #[must_use]
    pub fn unusable_operation(message: impl Into<String>) -> Self {
        Self::of_document("BAD_REQUEST", message)
    }

    /// A document whose text is not worth handing to the parser.
    #[must_use]
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self::of_document("GRAPHQL_PARSE_FAILED", message)
    }

    /// A document that cannot be parsed.
    #[must_use]
    pub fn unparsable(error: &parser::Error) -> Self {
        let text = error.to_string();
        // The parser draws the offending line with an arrow beneath; only what it expected is worth a client's while.
        let reason = text
            .lines()
            .rev()
            .find_map(|line| line.trim_start().strip_prefix("= "))
            .unwrap_or_else(|| text.lines().next().unwrap_or_default());
        let locations: Vec<Pos> = error.positions().collect();
        let place = locations.first().map_or_else(String::new, |pos| {
            format!(" at line {}, column {}", pos.line, pos.column)
        });
        let mut refusal = Self::of_document(
            "GRAPHQL_PARSE_FAILED",
            format!("the document cannot be parsed{place}: {reason}"),
        );
        refusal.locations = locations;
        refusal
    }

    /// A document that asks for more than a limit allows.
    #[must_use]
    pub fn over(name: &'static str, what: &str, measured: u64, maximum: usize) -> Self {
        let mut refusal = Self::of_document(
            "LIMIT_EXCEEDED",
            format!("the request has {measured} {what}; at most {maximum} are allowed"),
        );
        refusal.limit = Some(PassedLimit {
            name,
            measured,
            maximum: maximum as u64,
        });
        refusal
    }

    /// The same refusal, as one of the whole HTTP request.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// A document that is refused for a reason of its own.
    #[must_use]
    pub fn of_document(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            locations: Vec::new(),
            limit: None,
            status: None,
            allow: None,
        }
    }
}

/// Refuses what measures more than a limit.
///
/// # Errors
///
/// When `measured` is more than `maximum`; `name` and `what` say of what.
pub fn within(
    name: &'static str,
    what: &str,
    measured: u64,
    maximum: usize,
) -> Result<(), Refusal> {
    if measured > maximum as u64 {
        return Err(Refusal::over(name, what, measured, maximum));
    }
    Ok(())
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        let mut error = Self::new(refusal.message, None);
        error.locations = refusal.locations;
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", refusal.code);
        if let Some(limit) = refusal.limit {
            extensions.set("limit", limit.name);
            extensions.set("measured", limit.measured);
            extensions.set("maximum", limit.maximum);
        }
        error.extensions = Some(extensions);
        error
    }
}
