//! The numbers that bound what one client may cost.
//!
//! Every guard of the HTTP side reads its number here and nowhere else.
//! This module never decides what happens when a number is passed: the guard that measured does.

use std::time::Duration;

/// How much one connection, one request and one document may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a request body; the reading stops as soon as they are passed.
    pub body_bytes: usize,
    /// The operations in one batch.
    pub batch: usize,
    /// The lexical tokens of one document, counted before it is parsed.
    pub tokens: usize,
    /// The bytes of one name in a document, as the validator compares unknown names with all known ones.
    pub name_bytes: usize,
    /// How deep braces, brackets and parentheses, or fragments within fragments, may be nested in one document.
    pub nesting: usize,
    /// How deep objects and lists may be nested in the variables and extensions of one request.
    pub variables_nesting: usize,
    /// How deep fields may be nested, fragments followed; introspection is not counted.
    pub depth: usize,
    /// How often introspection may go from a type to a list of its fields, interfaces, possible types or input fields and on.
    pub introspection_lists: usize,
    /// The aliases written in one document.
    pub aliases: usize,
    /// The directives written in one document.
    pub directives: usize,
    /// The root fields of one operation, fragments followed.
    pub root_fields: usize,
    /// The selections of one document with every fragment counted at every place where it is spread.
    pub selections: usize,
    /// The bytes of documents that clients have persisted; with none, nothing is persisted.
    pub persisted_bytes: usize,
    /// The bytes of documents that are kept parsed, so that they need no second look.
    pub parsed_bytes: usize,
    /// The connections that are open at one time; later ones wait to be accepted.
    pub connections: usize,
    /// How long a client may take to send the head of a request, and how long an unused connection is kept.
    pub header_timeout: Duration,
    /// How long a client may take to send the body of a request.
    pub body_timeout: Duration,
    /// How long the operations of one request may run together before they are dropped.
    pub request_timeout: Duration,
    /// How long a connection may move no byte while no request of its own is being worked on.
    pub stall_timeout: Duration,
    /// How long a stopping server waits for what is in flight.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            batch: 10,
            tokens: 10_000,
            name_bytes: 256,
            nesting: 64,
            variables_nesting: 32,
            depth: 15,
            introspection_lists: 3,
            aliases: 50,
            directives: 50,
            root_fields: 20,
            selections: 5_000,
            persisted_bytes: 8 * 1024 * 1024,
            parsed_bytes: 8 * 1024 * 1024,
            connections: 10_000,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_mins(1),
            shutdown_grace: Duration::from_secs(30),
        }
    }
}
